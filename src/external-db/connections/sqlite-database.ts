import type { SqlResult } from '../../components/external-databases';
import { ConnectionPool } from '../../components/connection-pool';
import { type Database, type DatabaseCall, type DatabaseProbe, MAX_CONNECTIONS } from './database';
import { SqliteFailure } from './faults/sqlite-fault';
import { ResultCollector } from './result-collector';
import { findSqliteFile } from './sqlite-file';
import type { SqliteAnswer, SqliteJob, SqliteMessage } from './sqlite-protocol';
import { SqliteWorker } from './sqlite-worker';

/** Until the pool of the configuration is closed as a whole. */
const IDLE_MS = 60_000;

/** How long to wait for another process that writes, as far as the time limit allows. */
const BUSY_TIMEOUT_MS = 5_000;

/** Every file has the one pool of its configuration. */
const POOL_KEY = 'file';

/** What a probe reads: a version is one short row. */
const PROBE_LIMITS = { maxRows: 1, maxBytes: 1_024, busyTimeoutMs: BUSY_TIMEOUT_MS };

/** A statement without its file and its form. */
type Job = Omit<SqliteJob, 'kind' | 'file'>;

/** What a working answer holds. */
type SqliteRows = Extract<SqliteAnswer, { ok: true }>;

/** One SQLite file, worked on in processes of its own: see `sqlite-process.ts`. */
export class SqliteDatabase implements Database {
  private readonly workers = new ConnectionPool<SqliteWorker>({
    perKey: MAX_CONNECTIONS,
    total: MAX_CONNECTIONS,
    idleMs: IDLE_MS,
  });

  /**
   * @param folder that the file must be in
   * @param name of the file, relative to the folder
   * @param mayMakeFile whether a missing file is made by a statement that writes
   */
  constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly mayMakeFile: boolean,
  ) {}

  async run({ statement, readOnly, limits, timeoutMs, signal }: DatabaseCall): Promise<SqlResult> {
    const job: Job = {
      text: statement.text,
      values: statement.values,
      readOnly,
      maxRows: limits.maxRows,
      maxBytes: limits.maxBytes,
      busyTimeoutMs: Math.min(BUSY_TIMEOUT_MS, timeoutMs),
    };
    return this.working(job, signal, ({ columns, rows, affectedRows }) => {
      const collector = new ResultCollector(limits);
      collector.begin(columns);
      rows.every((row) => collector.add(row));
      return collector.finish(affectedRows);
    });
  }

  async probe(signal: AbortSignal): Promise<DatabaseProbe> {
    // Reads the file's header too, so that a file which is no database is found.
    const text = "SELECT 'SQLite ' || sqlite_version() FROM (SELECT count(*) FROM sqlite_schema)";
    const job: Job = { ...PROBE_LIMITS, text, values: [], readOnly: true };
    // The first one may have to start a process.
    await this.working(job, signal, () => undefined);
    const started = performance.now();
    const serverVersion = await this.working(job, signal, ({ rows }) => String(rows[0]?.[0]));
    return { serverVersion, latencyMs: performance.now() - started };
  }

  async close(): Promise<void> {
    await this.workers.close();
  }

  /** Runs a statement and has `read` take its rows: when that throws, what the statement wrote is undone. */
  private async working<Value>(
    job: Job,
    signal: AbortSignal,
    read: (rows: SqliteRows) => Value,
  ): Promise<Value> {
    const file = await findSqliteFile(this.folder, this.name, this.mayMakeFile && !job.readOnly);
    const lease = await this.workers.lease({
      key: POOL_KEY,
      signal,
      open: () => Promise.resolve(new SqliteWorker()),
    });
    const ask = async (message: SqliteMessage): Promise<SqliteRows> => {
      const answer = await lease.connection.send(message, signal);
      if (!answer.ok) throw new SqliteFailure(answer.resultCode, answer.message);
      return answer;
    };
    const end = async (commit: boolean): Promise<void> => {
      if (!job.readOnly) await ask({ kind: 'end', commit });
    };
    try {
      const value = await readOrUndo(await ask({ kind: 'run', file, ...job }), read, () => end(false));
      await end(true);
      return value;
    } finally {
      lease.release();
    }
  }
}

async function readOrUndo<Value>(
  rows: SqliteRows,
  read: (rows: SqliteRows) => Value,
  undo: () => Promise<void>,
): Promise<Value> {
  try {
    return read(rows);
  } catch (error) {
    await undo();
    throw error;
  }
}
