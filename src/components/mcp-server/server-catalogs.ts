import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../common/errors/app-error';
import { orAborted } from '../time-limit';
import { SILENT } from './exchange';
import { connectionKey, nameOf, type ServerAddress } from './mcp-server-config';
import { EMPTY_LISTS, type ServerLists } from './server-lists';
import type { ServerSessions } from './server-sessions';
import type { ServerIdentity, UpstreamCatalog } from './upstream-servers';

/** How long lists are believed: only for servers that do not tell their changes, or are not connected. */
const FRESH_MS = 60_000;

/** How long a server that did not give its lists is left alone. */
const LEFT_ALONE_MS = 5000;

/** How long a server may take for all its lists. */
const READ_MS = 15_000;

/** How long somebody who can be given the last good lists waits for better ones. */
const PATIENCE_MS = 1000;

/** Servers whose lists are kept; the one asked for longest ago goes first. */
const KEPT = 500;

/** What is known of one server. */
export interface KnownServer extends Pick<UpstreamCatalog, 'fetchedAt' | 'error' | 'server'> {
  readonly lists: ServerLists;
}

interface Entry {
  lists: ServerLists;
  identity: ServerIdentity | null;
  fetchedAt: Date | null;
  error: UpstreamCatalog['error'];
  /** When it is to be asked again, on the clock of `performance.now()`. */
  dueAt: number;
  reading: Promise<void> | null;
  digest: string;
  /** Who wants to hear that it has changed. */
  readonly definitionIds: Set<string>;
}

/** What servers offer, remembered: read again by time and when a server says so; the last good lists are kept. */
export class ServerCatalogs {
  private readonly entries = new LRUCache<string, Entry>({ max: KEPT });

  /** @param tell called with a definition whose server's lists have changed, or have been said to */
  constructor(
    private readonly sessions: ServerSessions,
    private readonly tell: (definitionId: string) => void,
  ) {}

  /** Rejects only with the signal's reason. */
  async get(server: ServerAddress, definitionId: string, signal: AbortSignal): Promise<KnownServer> {
    signal.throwIfAborted();
    const entry = this.entry(connectionKey(server));
    entry.definitionIds.add(definitionId);
    if (performance.now() >= entry.dueAt) entry.reading ??= this.read(server, entry);
    if (entry.reading !== null) {
      const lists = entry.fetchedAt === null ? entry.reading : Promise.race([entry.reading, patience()]);
      await orAborted(lists, signal);
    }
    const { lists, identity, fetchedAt, error } = entry;
    return { lists, server: identity, fetchedAt, error };
  }

  /** The server has said that a list of its has changed. */
  changed(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    entry.dueAt = 0;
    this.tellAll(entry);
  }

  /** What the server offers may have changed unseen: it is asked again when somebody wants to know. */
  expire(key: string): void {
    const entry = this.entries.get(key);
    // What is being read finds out by itself, and a server that is known to be away is left alone for a while.
    if (entry?.reading === null && entry.error === null) entry.dueAt = 0;
  }

  private entry(key: string): Entry {
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = {
      lists: EMPTY_LISTS,
      identity: null,
      fetchedAt: null,
      error: null,
      dueAt: 0,
      reading: null,
      digest: '',
      definitionIds: new Set(),
    };
    this.entries.set(key, entry);
    return entry;
  }

  /** Never rejects: what went wrong stands in the entry. */
  private async read(server: ServerAddress, entry: Entry): Promise<void> {
    const limit = new AbortController();
    const timer = setTimeout(() => {
      limit.abort(
        new AppError('TIMEOUT', `${nameOf(server)} did not say within ${READ_MS / 1000} s what it offers`),
      );
    }, READ_MS);
    // Before it is read: a change that is told meanwhile makes it due again.
    entry.dueAt = performance.now() + FRESH_MS;
    try {
      const context = { signal: limit.signal, events: SILENT };
      const [lists, identity] = await this.sessions.use(server, context, {
        isRepeatable: () => true,
        work: async (connection) => [await connection.lists(context), connection.identity] as const,
      });
      this.take(entry, lists, identity);
    } catch (error) {
      entry.error = toFault(error);
      entry.dueAt = performance.now() + LEFT_ALONE_MS;
    } finally {
      clearTimeout(timer);
      entry.reading = null;
    }
  }

  private take(entry: Entry, lists: ServerLists, identity: ServerIdentity): void {
    const digest = createHash('sha256').update(JSON.stringify(lists)).digest('base64');
    const hasChanged = entry.fetchedAt !== null && digest !== entry.digest;
    Object.assign(entry, { lists, identity, digest, fetchedAt: new Date(), error: null });
    if (hasChanged) this.tellAll(entry);
  }

  private tellAll({ definitionIds }: Entry): void {
    for (const definitionId of definitionIds) this.tell(definitionId);
  }
}

async function patience(): Promise<void> {
  await pause(PATIENCE_MS, undefined, { ref: false });
}

function toFault(error: unknown): NonNullable<UpstreamCatalog['error']> {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: 'Internal server error' };
}
