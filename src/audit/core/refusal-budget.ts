import { FixedWindows } from '../../rate-limit/fixed-windows';

const WINDOW_MS = 60_000;

/** Refusals kept of one sender in a minute: enough to see what he tried, too few to fill a disk. */
const A_SENDER = 20;

/** And of all of them, by one process: an attack from many addresses. */
const IN_ALL = 600;

const EVERYBODY = '';

/**
 * How many refusals are kept: whoever is refused costs nothing to send again, and an attack must not push out of sight,
 * or of the disk, what somebody did.
 */
export class RefusalBudget {
  private readonly senders = new FixedWindows(WINDOW_MS, 10_000);
  private readonly all = new FixedWindows(WINDOW_MS, 1);

  /**
   * Whether another refusal of a sender is kept; it then counts.
   *
   * @param sender the actor or, of somebody unknown, the address
   * @param now milliseconds
   */
  take(sender: string, now: number): boolean {
    if ((this.senders.peek(sender, now)?.hits ?? 0) >= A_SENDER) return false;
    if ((this.all.peek(EVERYBODY, now)?.hits ?? 0) >= IN_ALL) return false;
    this.senders.hit(sender, now);
    this.all.hit(EVERYBODY, now);
    return true;
  }
}
