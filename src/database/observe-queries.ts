import type { Pool, PoolClient } from 'pg';

/** What a statement does, by its first word: few enough to count by. `with` may read or write. */
export const SQL_OPERATIONS = [
  'select',
  'insert',
  'update',
  'delete',
  'with',
  'transaction',
  'other',
] as const;
export type SqlOperation = (typeof SQL_OPERATIONS)[number];

/** One statement that has come to its end. */
export interface ObservedQuery {
  readonly operation: SqlOperation;
  readonly durationMs: number;
  readonly failed: boolean;
}

/** Must return at once and not throw: it stands between PostgreSQL's answer and whoever waits for it. */
export type QueryListener = (query: ObservedQuery) => void;

type Callback = (error: unknown, ...rest: unknown[]) => void;
type Query = (...parts: unknown[]) => unknown;

/**
 * Tells `listen` of every statement that runs on `pool`, whoever sends it (`pg` has no hook for this). A connection
 * is fitted when it is first handed out, so that those which are open already count as well. Cursors are not seen.
 */
export function observeQueries(pool: Pool, listen: QueryListener): void {
  const fitted = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => {
    if (fitted.has(client)) return;
    fitted.add(client);
    fit(client, listen);
  });
}

/** What a statement does. */
export function operationOf(text: string): SqlOperation {
  const word = /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? '';
  if (TRANSACTION_WORDS.has(word)) return 'transaction';
  return COUNTED_WORDS.get(word) ?? 'other';
}

const TRANSACTION_WORDS = new Set(['begin', 'start', 'commit', 'rollback', 'savepoint', 'release']);

const COUNTED_WORDS = new Map<string, SqlOperation>(
  (['select', 'insert', 'update', 'delete', 'with'] as const).map((word) => [word, word]),
);

function fit(client: PoolClient, listen: QueryListener): void {
  const query = client.query.bind(client) as Query;
  const observed: Query = (...parts) => {
    const text = textOf(parts[0]);
    if (text === null) return query(...parts);
    const startedAt = performance.now();
    const tell = (failed: boolean): void => {
      listen({ operation: operationOf(text), durationMs: performance.now() - startedAt, failed });
    };
    const last = parts.length - 1;
    const callback = parts[last];
    if (typeof callback === 'function') {
      parts[last] = (error: unknown, ...rest: unknown[]): void => {
        // `pg` says "no error" by null or undefined.
        tell(error !== null && error !== undefined);
        (callback as Callback)(error, ...rest);
      };
      return query(...parts);
    }
    const answer = query(...parts) as Promise<unknown>;
    answer.then(
      () => {
        tell(false);
      },
      () => {
        tell(true);
      },
    );
    return answer;
  };
  client.query = observed as PoolClient['query'];
}

/** The statement's text; null for an object that submits itself (a cursor), which ends in its own way. */
function textOf(statement: unknown): string | null {
  if (typeof statement === 'string') return statement;
  const { text, submit } = (statement ?? {}) as { text?: unknown; submit?: unknown };
  return typeof text === 'string' && submit === undefined ? text : null;
}
