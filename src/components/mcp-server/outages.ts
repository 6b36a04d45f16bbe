import { LRUCache } from 'lru-cache';

/** How long after a server stopped answering calls wait for it to come back: restarts take a few seconds. */
export const RESTART_MS = 10_000;

/** The first pause before a server is asked again; each is twice the one before, up to the longest. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/** Servers remembered; one that is forgotten counts as never reached. */
const REMEMBERED = 2000;

/**
 * Which servers have stopped answering, and since when. A server that answered before is waited for while it may be
 * restarting; one that has been away for longer, or was never reached, fails its callers at once.
 */
export class Outages {
  /** By server: when it stopped answering, in milliseconds; null while it answers. */
  private readonly since = new LRUCache<string, { stopped: number | null }>({ max: REMEMBERED });

  /** @param now milliseconds of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  answered(server: string): void {
    const known = this.since.get(server);
    if (known === undefined) this.since.set(server, { stopped: null });
    else known.stopped = null;
  }

  /**
   * Notes that a server does not answer.
   * @param attempt how often the caller has asked, from 0
   * @returns the milliseconds to wait before asking again, a little different each time so that callers do not come
   *   all at once; null when it is not worth while
   */
  pauseAfterFailure(server: string, attempt: number): number | null {
    const known = this.since.get(server);
    if (known === undefined) return null;
    known.stopped ??= this.now();
    if (this.now() - known.stopped > RESTART_MS) return null;
    return Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 2);
  }
}
