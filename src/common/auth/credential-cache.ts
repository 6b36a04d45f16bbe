/**
 * How long a credential that has ended may still be let in, should its notification be lost. 5 s are promised; the
 * rest is for requests that are on their way.
 */
export const CREDENTIAL_CACHE_MS = 4500;

/** Bounds the memory; with more living keys than this, some are looked up more often. */
const MAX_ENTRIES = 10_000;

interface Entry<Value> {
  readonly value: Promise<Value | null>;
  /** Time after which the entry is looked up again, in milliseconds as `now` gives them. */
  readonly staleAt: number;
}

/**
 * Remembers what look-ups gave, for a short time. Look-ups of one name at the same time are one. A look-up that
 * was under way when everything was forgotten serves those who waited for it, and is not remembered. Names that
 * were not found are not remembered, so that nobody can fill the memory with them.
 */
export class CredentialCache<Value> {
  private readonly entries = new Map<string, Entry<Value>>();

  constructor(
    private readonly timeToLiveMs: number,
    // Not the time of day: a clock that is set back would make what is remembered last longer.
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Gives what is remembered under `name`, or what `lookUp` gives. Failures are not remembered. */
  async get(name: string, lookUp: () => Promise<Value | null>): Promise<Value | null> {
    const known = this.entries.get(name);
    if (known !== undefined && known.staleAt > this.now()) return known.value;

    if (this.entries.size >= MAX_ENTRIES) this.entries.clear();
    const entry = { value: lookUp(), staleAt: this.now() + this.timeToLiveMs };
    this.entries.set(name, entry);
    let found = false;
    try {
      const value = await entry.value;
      found = value !== null;
      return value;
    } finally {
      if (!found && this.entries.get(name) === entry) this.entries.delete(name);
    }
  }

  forgetAll(): void {
    this.entries.clear();
  }
}
