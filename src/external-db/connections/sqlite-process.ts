/**
 * The process that runs SQLite's statements, one at a time. SQLite works inside the call, so a statement that takes
 * long would stop everything else of a program, and the only sure way to end it is to end the process.
 *
 * The file is started in two ways: as JavaScript from `dist`, and as it stands by Node's type stripping (tests). So
 * it holds erasable TypeScript only, and no import but of types: one would make it an ES module, which Node refuses
 * for a `.ts` file of a CommonJS package.
 */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

import type { JsonValue } from '../../engine/core/json';
import type { SqliteAnswer, SqliteJob, SqliteMessage } from './sqlite-protocol';

const { DatabaseSync: Database, constants } = process.getBuiltinModule('node:sqlite');

/** Of SQLite's own memory; a statement that needs more fails. */
const HEAP_LIMIT_BYTES = 256 * 1024 * 1024;

/** Pragmas that name folders to write to, or change what outlives the connection. */
const REFUSED_PRAGMAS = [
  'temp_store_directory',
  'data_store_directory',
  'hard_heap_limit',
  'soft_heap_limit',
];

/** SQLite's limit also holds for the texts that make the schema, whatever is wanted of the result. */
const LEAST_LENGTH_LIMIT = 1024 * 1024;

/** Between a statement that may write and its end. */
let held: DatabaseSync | null = null;

process.on('message', (message: SqliteMessage) => {
  process.send?.(answering(() => (message.kind === 'run' ? start(message) : end(message.commit))));
});
// Whoever sends the messages is gone.
process.on('disconnect', () => process.exit());

function answering(work: () => SqliteAnswer): SqliteAnswer {
  try {
    return work();
  } catch (error) {
    release();
    const { errcode, message } = error as { errcode?: unknown; message?: unknown };
    return { ok: false, resultCode: typeof errcode === 'number' ? errcode : null, message: String(message) };
  }
}

function start(job: SqliteJob): SqliteAnswer {
  held = open(job);
  if (!job.readOnly) held.exec('BEGIN');
  const answer = run(held, job);
  if (job.readOnly) release();
  return answer;
}

function end(commit: boolean): SqliteAnswer {
  // The statement may have ended the transaction itself.
  if (held?.isTransaction === true) held.exec(commit ? 'COMMIT' : 'ROLLBACK');
  release();
  return { ok: true, columns: [], rows: [], affectedRows: null };
}

/** Takes back what has not been committed. */
function release(): void {
  held?.close();
  held = null;
}

/** A connection of its own for each statement: nothing that one leaves behind reaches the next. */
function open({ file, readOnly, busyTimeoutMs, maxBytes }: SqliteJob): DatabaseSync {
  const database = new Database(file, {
    readOnly,
    timeout: busyTimeoutMs,
    defensive: true,
    allowExtension: false,
    readBigInts: true,
    returnArrays: true,
    limits: { length: Math.max(maxBytes, LEAST_LENGTH_LIMIT), attach: 0 },
  });
  database.exec(`PRAGMA hard_heap_limit = ${HEAP_LIMIT_BYTES}; PRAGMA trusted_schema = OFF`);
  // Other files are out of bounds.
  database.setAuthorizer((action, subject) => {
    const isAttach = action === constants.SQLITE_ATTACH || action === constants.SQLITE_DETACH;
    const isRefusedPragma =
      action === constants.SQLITE_PRAGMA && REFUSED_PRAGMAS.includes((subject ?? '').toLowerCase());
    return isAttach || isRefusedPragma ? constants.SQLITE_DENY : constants.SQLITE_OK;
  });
  return database;
}

function run(database: DatabaseSync, { text, values, maxRows, maxBytes }: SqliteJob): SqliteAnswer {
  const statement = database.prepare(text);
  const columns = statement.columns().map(({ name }) => name);
  const bound = values.map(toSqliteValue);
  if (columns.length === 0) {
    const { changes } = statement.run(...bound);
    return { ok: true, columns, rows: [], affectedRows: Number(changes) };
  }
  const rows: unknown[][] = [];
  let bytes = 0;
  for (const row of statement.iterate(...bound)) {
    const read = row as unknown as unknown[];
    rows.push(read);
    bytes += sizeOf(read);
    // The limits are kept exactly where the rows arrive: here it is enough not to gather without end.
    if (rows.length > maxRows || bytes > 2 * maxBytes) break;
  }
  return { ok: true, columns, rows, affectedRows: null };
}

/** SQLite knows no booleans, lists or objects; whole numbers are sent as such. */
function toSqliteValue(value: JsonValue): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

function sizeOf(row: readonly unknown[]): number {
  let bytes = 0;
  for (const value of row) {
    if (typeof value === 'string') bytes += value.length;
    else bytes += value instanceof Uint8Array ? value.byteLength : 8;
  }
  return bytes;
}
