import { Logger } from '@nestjs/common';

import { AppError } from '../../common/errors/app-error';
import { orAborted } from '../../components/time-limit';
import type { Database } from './database';

/** Connections that nobody has used for this long are closed. */
export const IDLE_MS = 60_000;

/** Which connections are meant: those of an older revision have the settings of before. */
export interface PoolKey {
  readonly id: string;
  readonly revision: number;
}

/** The connections of one revision of one configuration. */
interface Entry {
  readonly revision: number;
  readonly database: Promise<Database>;
  users: number;
  /** Closed as soon as nobody uses it. */
  isRetired: boolean;
  isClosed: boolean;
  idle: NodeJS.Timeout | undefined;
}

/**
 * The open databases of this process, one for each configuration: opened at the first use, closed when idle, and when
 * the configuration has changed or is gone.
 */
export class DatabasePools<Key extends PoolKey> {
  private readonly logger = new Logger(DatabasePools.name);
  private readonly entries = new Map<string, Entry>();
  private readonly closings = new Set<Promise<void>>();
  private readonly closing = new AbortController();

  constructor(
    private readonly open: (key: Key) => Promise<Database>,
    private readonly idleMs: number = IDLE_MS,
  ) {}

  /** Fires when all is closed: whoever uses a database then should stop. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /**
   * Lends the database of a configuration to `work`.
   *
   * @throws what opening it or `work` throws; the signal's reason when it fires while opening
   */
  async use<Value>(
    key: Key,
    signal: AbortSignal,
    work: (database: Database) => Promise<Value>,
  ): Promise<Value> {
    this.closing.signal.throwIfAborted();
    const entry = this.entryOf(key);
    entry.users += 1;
    clearTimeout(entry.idle);
    try {
      return await work(await orAborted(entry.database, signal));
    } finally {
      entry.users -= 1;
      if (entry.users === 0) this.leaveIdle(key.id, entry);
    }
  }

  /** Closes the database of a configuration, once those who use it are done. */
  retire(id: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    this.entries.delete(id);
    entry.isRetired = true;
    if (entry.users === 0) this.close(entry);
  }

  /** Closes every database, also those in use, and opens no more. */
  async closeAll(): Promise<void> {
    this.closing.abort(new AppError('UNAVAILABLE', 'This server is stopping'));
    for (const entry of this.entries.values()) this.close(entry);
    this.entries.clear();
    await Promise.all(this.closings);
  }

  private entryOf(key: Key): Entry {
    const known = this.entries.get(key.id);
    if (known?.revision === key.revision) return known;
    this.retire(key.id);
    const entry: Entry = {
      revision: key.revision,
      database: this.open(key),
      users: 0,
      isRetired: false,
      isClosed: false,
      idle: undefined,
    };
    this.entries.set(key.id, entry);
    // One that could not be opened is tried anew by the next who asks.
    entry.database.catch(() => {
      if (this.entries.get(key.id) === entry) this.entries.delete(key.id);
    });
    return entry;
  }

  private leaveIdle(id: string, entry: Entry): void {
    if (entry.isRetired) {
      this.close(entry);
      return;
    }
    entry.idle = setTimeout(() => {
      if (this.entries.get(id) === entry) this.retire(id);
    }, this.idleMs).unref();
  }

  private close(entry: Entry): void {
    clearTimeout(entry.idle);
    if (entry.isClosed) return;
    entry.isRetired = true;
    entry.isClosed = true;
    const closing = entry.database
      .then(
        (database) => database.close(),
        // It never was open.
        () => undefined,
      )
      .catch((error: unknown) => {
        this.logger.warn(`Connections could not be closed: ${String(error)}`);
      })
      .finally(() => this.closings.delete(closing));
    this.closings.add(closing);
  }
}
