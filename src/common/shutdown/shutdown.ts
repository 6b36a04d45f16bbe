/**
 * How far this process is from its end; also the injection token. It only goes on: serving, draining, stopping.
 *
 * While it drains it answers as ever, but says that it is not ready, so that load balancers send their requests
 * elsewhere before it refuses any. When it stops, it takes no new connections, and streams end.
 */
export class Shutdown {
  private readonly drain = new AbortController();
  private readonly stop = new AbortController();

  /** Whether a stop was asked for: no new work should be sent here. */
  get isDraining(): boolean {
    return this.drain.signal.aborted;
  }

  /** Fires when no new connections are taken from now on. */
  get stopping(): AbortSignal {
    return this.stop.signal;
  }

  /** From now on the process is not ready. */
  beginDraining(): void {
    this.drain.abort();
  }

  /** From now on no new connections are taken. */
  beginStopping(): void {
    this.drain.abort();
    this.stop.abort();
  }
}
