/**
 * Where everything that happens to a run waits for the run's one loop: outcomes of steps, lines of logs, wishes to
 * cancel. So the loop alone changes the run, and needs no lock.
 */
export class Inbox<Message> {
  private messages: Message[] = [];
  private wake: () => void = () => undefined;

  put(message: Message): void {
    this.messages.push(message);
    this.wake();
  }

  /** Ends a wait without a message. */
  rouse(): void {
    this.wake();
  }

  /** All that came since the last time, in order. */
  take(): Message[] {
    const { messages } = this;
    this.messages = [];
    return messages;
  }

  /** Resolves when there is something, or at `deadline` (epoch milliseconds; Infinity for never). */
  async wait(deadline: number, now: number): Promise<void> {
    if (this.messages.length > 0) return;
    await new Promise<void>((resolve) => {
      const timer =
        deadline === Infinity
          ? undefined
          : setTimeout(resolve, Math.min(Math.max(deadline - now, 0), MAX_TIMER_MS));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
  }
}

/** setTimeout fires at once for anything longer than a signed 32-bit number of milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;
