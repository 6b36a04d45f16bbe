import type { Pool } from 'pg';

/**
 * Hints are gathered this long, so that many commits cost one NOTIFY: its transaction takes a lock that all
 * notifying commits of the database share.
 */
const GATHER_MS = 20;

/** A notification. */
export interface Hint {
  readonly channel: string;
  readonly payload: string;
}

/** Sends hints: channels and payloads, in two lists. */
const NOTIFY_SQL = 'SELECT pg_notify(c, p) FROM unnest($1::text[], $2::text[]) AS n(c, p)';

/**
 * Sends NOTIFY hints, after the commits that they tell of and never inside them. A hint that is lost costs time
 * only: whoever listens also looks by itself.
 */
export class Hints {
  private readonly gathered = new Map<string, Set<string>>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly pool: Pool) {}

  /** The first hint after a quiet time goes out at once, for a lone run's sake; those close behind it together. */
  send(channel: string, payload: string): void {
    const payloads = this.gathered.get(channel) ?? new Set();
    this.gathered.set(channel, payloads.add(payload));
    if (this.timer === null) this.flush();
  }

  /** Sends nothing any more. */
  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.gathered.clear();
  }

  private flush(): void {
    const channels: string[] = [];
    const payloads: string[] = [];
    for (const [channel, set] of this.gathered) {
      for (const payload of set) {
        channels.push(channel);
        payloads.push(payload);
      }
    }
    this.gathered.clear();
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.gathered.size > 0) this.flush();
    }, GATHER_MS);
    this.pool
      .query({
        name: 'notify',
        text: NOTIFY_SQL,
        values: [channels, payloads],
      })
      // PostgreSQL is away: everybody looks again when it is back.
      .catch(() => undefined);
  }
}
