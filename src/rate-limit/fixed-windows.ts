/** What was counted for a key in its current window. */
export interface Window {
  readonly hits: number;
  /** Epoch milliseconds at which the counting starts again. */
  readonly resetAt: number;
}

/** Windows kept at most: some 10 MB. Past it the oldest goes, and its address has a new start. */
const MAX_WINDOWS = 100_000;

/**
 * Counts hits by key in fixed windows, each from its key's first hit on. Constant time and no timer: what has
 * expired goes when something new comes. All windows of one instance have the same length, so those that began first
 * end first, and only the front needs a look.
 */
export class FixedWindows {
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly lengthMs: number,
    private readonly maxWindows: number = MAX_WINDOWS,
  ) {}

  /** Counts one hit. */
  hit(key: string, now: number): Window {
    const current = this.peek(key, now);
    if (current === null) return this.open(key, { hits: 1, resetAt: now + this.lengthMs }, now);
    const counted = { hits: current.hits + 1, resetAt: current.resetAt };
    this.windows.set(key, counted);
    return counted;
  }

  /** The key's window; null when it has none or it is over. */
  peek(key: string, now: number): Window | null {
    const window = this.windows.get(key);
    return window === undefined || this.isOver(window, now) ? null : window;
  }

  /** Takes over what was counted elsewhere. */
  put(key: string, window: Window, now: number): void {
    this.open(key, window, now);
  }

  get size(): number {
    return this.windows.size;
  }

  private open(key: string, window: Window, now: number): Window {
    // Behind those that began earlier.
    this.windows.delete(key);
    this.windows.set(key, window);
    for (const [oldest, begun] of this.windows) {
      if (!this.isOver(begun, now) && this.windows.size <= this.maxWindows) break;
      this.windows.delete(oldest);
    }
    return window;
  }

  /** Also one that ends later than any can: it began before the clock was set back. */
  private isOver({ resetAt }: Window, now: number): boolean {
    return resetAt <= now || resetAt > now + this.lengthMs;
  }
}
