import { AppError } from '../common/errors/app-error';
import { orAborted } from './time-limit';

/** A connection that can be kept between calls. */
export interface Poolable {
  /** False once it must not be used again. */
  readonly isUsable: boolean;
  /** Asks the far side, where that can end unseen; a connection that is not alive is not usable any more. */
  isAlive?(): Promise<boolean>;
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
  /** A connection that was not used for this long is asked whether it is alive before it is used. */
  readonly checkAfterMs?: number;
}

/** What a caller wants a connection to, and how. */
export interface LeaseRequest<Connection> {
  /** The same for callers that may use the same connections. */
  readonly key: string;
  /** Callers that may use one connection at the same time; default 1. */
  readonly share?: number;
  readonly signal: AbortSignal;
  /** @param signal fires when nobody waits for the connection any more */
  readonly open: (signal: AbortSignal) => Promise<Connection>;
}

/** A place on a connection, which belongs to one caller until it is given back. */
export interface Lease<Connection> {
  readonly connection: Connection;
  /** Whether it was used before, so that the far side may have forgotten it. */
  readonly isReused: boolean;
  /** Gives the place back: a usable connection is kept, any other closed when its last caller has left. */
  release(): void;
}

/**
 * Keeps connections by server. Over Streamable HTTP many callers share one, because each of their exchanges has a
 * request of its own; a process or an event stream has one caller at a time: so a crash, an answer that is too large
 * or a hang hits one call, and a line of log belongs to one run. Callers beyond the limits wait in the order they came.
 */
export class ConnectionPool<Connection extends Poolable> {
  /** Connections that can be used, and those being opened; the one that was used last is the last. */
  private places: Place<Connection>[] = [];
  private readonly retired = new Set<Place<Connection>>();
  private readonly waiting: Waiter[] = [];
  private readonly closing = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly limits: PoolLimits) {}

  /**
   * Takes a place on a connection that has one, or opens one.
   * @throws what `open` throws; the signal's reason when it fires while waiting; UNAVAILABLE after `close`
   */
  async lease(request: LeaseRequest<Connection>): Promise<Lease<Connection>> {
    const { key, share = 1, signal } = request;
    signal.throwIfAborted();
    for (;;) {
      if (this.closed) throw stopping();
      const place = this.find(key, share) ?? this.open(request);
      if (place === null) await this.wait(key, share, signal);
      else {
        const lease = await this.take(place, signal);
        if (lease !== null) return lease;
      }
    }
  }

  /** Closes every connection, also those in use. */
  async close(): Promise<void> {
    this.closed = true;
    for (const place of [...this.places, ...this.retired]) this.dispose(place);
    this.places = [];
    for (const { wake } of this.waiting.splice(0)) wake();
    await Promise.all(this.closing);
  }

  /** Waits only for what must be waited for: a place on a connection that is in use costs no turn. */
  private async take(place: Place<Connection>, signal: AbortSignal): Promise<Lease<Connection> | null> {
    const isReused = place.connection !== null;
    const idleMs = place.enter();
    // A place may be left over for the next in line.
    this.wakeNext();
    try {
      const connection = place.connection ?? (await orAborted(place.opened, signal));
      if (idleMs > (this.limits.checkAfterMs ?? Infinity) && connection.isAlive !== undefined) {
        await orAborted(connection.isAlive(), signal);
      }
      // One that broke as soon as it was open is the caller's to see: another would be no better.
      if (connection.isUsable || !isReused) {
        return {
          connection,
          isReused,
          release: () => {
            this.leave(place);
          },
        };
      }
    } catch (error) {
      this.leave(place);
      throw error;
    }
    this.leave(place);
    return null;
  }

  private find(key: string, share: number): Place<Connection> | null {
    for (const place of this.places) {
      if (place.key === key && place.connection?.isUsable === false) this.retire(place);
    }
    return this.places.findLast((place) => place.key === key && place.users < share) ?? null;
  }

  private open({ key, open }: LeaseRequest<Connection>): Place<Connection> | null {
    if (!this.makeRoom(key)) return null;
    const place = new Place(key, open);
    this.places.push(place);
    place.opened.catch(() => {
      this.retire(place);
      this.wakeNext();
    });
    return place;
  }

  private makeRoom(key: string): boolean {
    if (this.places.filter((place) => place.key === key).length >= this.limits.perKey) return false;
    if (this.places.length < this.limits.total) return true;
    const oldest = this.places.find(({ users }) => users === 0);
    if (oldest !== undefined) this.retire(oldest);
    return oldest !== undefined;
  }

  private leave(place: Place<Connection>): void {
    place.leave();
    if (place.users === 0) {
      if (this.retired.has(place) || place.connection?.isUsable !== true || this.closed) this.retire(place);
      else this.keep(place);
    }
    this.wakeNext();
  }

  private keep(place: Place<Connection>): void {
    this.places = [...this.places.filter((one) => one !== place), place];
    place.expireAfter(this.limits.idleMs, () => {
      this.retire(place);
    });
  }

  /** Nobody gets it any more; it is closed when nobody uses it. */
  private retire(place: Place<Connection>): void {
    this.places = this.places.filter((one) => one !== place);
    if (place.users > 0) this.retired.add(place);
    else this.dispose(place);
  }

  private dispose(place: Place<Connection>): void {
    this.retired.delete(place);
    const done = place.close();
    this.closing.add(done);
    void done.finally(() => this.closing.delete(done));
  }

  private async wait(key: string, share: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiter: Waiter = {
      key,
      share,
      wake: () => {
        resolve(undefined);
      },
    };
    const abort = () => {
      const position = this.waiting.indexOf(waiter);
      if (position !== -1) this.waiting.splice(position, 1);
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
    if (this.waiting.length === 0) return;
    const position = this.waiting.findIndex(({ key, share }) => {
      const own = this.places.filter((place) => place.key === key);
      if (own.some(({ users }) => users < share)) return true;
      const isRoom = this.places.length < this.limits.total || this.places.some(({ users }) => users === 0);
      return isRoom && own.length < this.limits.perKey;
    });
    const [waiter] = position === -1 ? [] : this.waiting.splice(position, 1);
    waiter?.wake();
  }
}

function stopping(): AppError {
  return new AppError('UNAVAILABLE', 'This server is stopping');
}

interface Waiter {
  readonly key: string;
  readonly share: number;
  readonly wake: () => void;
}

/** One connection, from the decision to open it to its end. */
class Place<Connection extends Poolable> {
  users = 0;
  /** Null until it is open. */
  connection: Connection | null = null;
  readonly opened: Promise<Connection>;
  private readonly opening = new AbortController();
  private usedAt = performance.now();
  private expiry: NodeJS.Timeout | undefined;

  constructor(
    readonly key: string,
    open: (signal: AbortSignal) => Promise<Connection>,
  ) {
    this.opened = open(this.opening.signal).then((connection) => (this.connection = connection));
  }

  /** @returns milliseconds since anybody used it */
  enter(): number {
    clearTimeout(this.expiry);
    this.users += 1;
    return this.users > 1 ? 0 : performance.now() - this.usedAt;
  }

  leave(): void {
    this.users -= 1;
    this.usedAt = performance.now();
    // Whoever wanted it has gone.
    if (this.users === 0 && this.connection === null) this.opening.abort();
  }

  expireAfter(ms: number, expire: () => void): void {
    this.expiry = setTimeout(expire, ms).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.expiry);
    this.opening.abort(stopping());
    try {
      const connection = await this.opened;
      await connection.close();
    } catch {
      // It never opened, or ended in disorder: it is gone.
    }
  }
}
