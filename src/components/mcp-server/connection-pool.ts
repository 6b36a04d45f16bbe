import { AppError } from '../../common/errors/app-error';

/** A connection that can be kept between calls. */
export interface Poolable {
  /** False once it must not be used again. */
  readonly isUsable: boolean;
  close(): Promise<void>;
}

/** Bounds of a pool. */
export interface PoolLimits {
  /** Connections to one server. */
  readonly perKey: number;
  /** Connections in all. */
  readonly total: number;
  /** How long one is kept without use. */
  readonly idleMs: number;
}

/** A connection that belongs to one caller until it is given back. */
export interface Lease<Connection> {
  readonly connection: Connection;
  /** Whether it was used before, so that the far side may have forgotten it. */
  readonly isReused: boolean;
}

interface Idle<Connection> {
  readonly key: string;
  readonly connection: Connection;
  readonly timer: NodeJS.Timeout;
}

interface Waiter {
  readonly key: string;
  readonly wake: () => void;
}

/**
 * Keeps connections by server. One caller has a connection at a time: so a crash, an answer that is too
 * large or a hang hits one call, and a line of log belongs to one run. Callers beyond the limits wait in
 * the order they came.
 */
export class ConnectionPool<Connection extends Poolable> {
  /** Oldest first. */
  private idle: Idle<Connection>[] = [];
  /** Connections in use or being opened, by key. */
  private readonly inUse = new Map<string, number>();
  private readonly waiting: Waiter[] = [];
  private readonly leased = new Set<Connection>();
  private readonly closing = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly limits: PoolLimits) {}

  /**
   * Takes an idle connection, or opens one.
   * @throws what `open` throws; the signal's reason when it fires while waiting
   */
  async lease(key: string, signal: AbortSignal, open: () => Promise<Connection>): Promise<Lease<Connection>> {
    signal.throwIfAborted();
    for (;;) {
      if (this.closed) throw new AppError('UNAVAILABLE', 'This server is stopping');
      const kept = this.takeIdle(key);
      if (kept !== null) return { connection: kept, isReused: true };
      if (this.hasRoom(key)) break;
      await this.wait(key, signal);
    }
    this.count(key, 1);
    try {
      const connection = await open();
      this.leased.add(connection);
      return { connection, isReused: false };
    } catch (error) {
      this.count(key, -1);
      this.wakeNext();
      throw error;
    }
  }

  /** Gives a connection back: a usable one is kept, any other closed. */
  release(key: string, { connection }: Lease<Connection>): void {
    this.leased.delete(connection);
    this.count(key, -1);
    if (connection.isUsable && !this.closed) this.keep(key, connection);
    else this.dispose(connection);
    this.wakeNext();
  }

  /** Closes every connection, also those in use. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { connection, timer } of this.idle.splice(0)) {
      clearTimeout(timer);
      this.dispose(connection);
    }
    for (const connection of this.leased) this.dispose(connection);
    for (const { wake } of this.waiting.splice(0)) wake();
    await Promise.all(this.closing);
  }

  private takeIdle(key: string): Connection | null {
    for (let place = this.idle.length - 1; place >= 0; place -= 1) {
      const candidate = this.idle[place];
      if (candidate?.key !== key) continue;
      this.remove(candidate);
      if (!candidate.connection.isUsable) {
        this.dispose(candidate.connection);
        continue;
      }
      this.count(key, 1);
      this.leased.add(candidate.connection);
      return candidate.connection;
    }
    return null;
  }

  private hasRoom(key: string): boolean {
    if ((this.inUse.get(key) ?? 0) >= this.limits.perKey) return false;
    const used = [...this.inUse.values()].reduce((sum, one) => sum + one, 0);
    if (used + this.idle.length < this.limits.total) return true;
    const [oldest] = this.idle;
    if (oldest === undefined) return false;
    this.remove(oldest);
    this.dispose(oldest.connection);
    return true;
  }

  private keep(key: string, connection: Connection): void {
    const entry: Idle<Connection> = {
      key,
      connection,
      timer: setTimeout(() => {
        this.remove(entry);
        this.dispose(connection);
      }, this.limits.idleMs).unref(),
    };
    this.idle.push(entry);
  }

  private remove(entry: Idle<Connection>): void {
    clearTimeout(entry.timer);
    this.idle = this.idle.filter((one) => one !== entry);
  }

  private dispose(connection: Connection): void {
    const done = connection.close().catch(() => undefined);
    this.closing.add(done);
    void done.finally(() => this.closing.delete(done));
  }

  private count(key: string, change: 1 | -1): void {
    const now = (this.inUse.get(key) ?? 0) + change;
    if (now === 0) this.inUse.delete(key);
    else this.inUse.set(key, now);
  }

  private async wait(key: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiter: Waiter = {
      key,
      wake: () => {
        resolve(undefined);
      },
    };
    const abort = () => {
      const place = this.waiting.indexOf(waiter);
      if (place !== -1) this.waiting.splice(place, 1);
      // It may have been woken in this very moment: the next in line must not be forgotten.
      else this.wakeNext();
      reject(signal.reason as Error);
    };
    this.waiting.push(waiter);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Wakes the first waiter that something can be found for. */
  private wakeNext(): void {
    const place = this.waiting.findIndex(
      ({ key }) =>
        this.idle.some((one) => one.key === key) || (this.inUse.get(key) ?? 0) < this.limits.perKey,
    );
    const [waiter] = place === -1 ? [] : this.waiting.splice(place, 1);
    waiter?.wake();
  }
}
