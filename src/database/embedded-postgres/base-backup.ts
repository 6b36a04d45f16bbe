import { PassThrough, type Readable } from 'node:stream';

import { Client, type ClientConfig, type Connection } from 'pg';

import { SUPERUSER } from './cluster';
import { type EmbeddedPaths, socketUrl } from './paths';

/** Keeps what is written meanwhile from being removed; it ends with the connection. */
const HOLD_LOG = 'CREATE_REPLICATION_SLOT mcp_backend_backup TEMPORARY PHYSICAL (RESERVE_WAL)';

/** Begins at once instead of with the next checkpoint, and ends with the log that makes the copy consistent. */
const COPY = "BASE_BACKUP (LABEL 'mcp-backend', CHECKPOINT 'fast', WAL true, MANIFEST 'no')";

/** First byte of a piece that belongs to the archive; others tell of progress. */
const ARCHIVE_DATA = 'd'.charCodeAt(0);

/** Sends a statement as it is; `pg` does not declare it. */
type SimpleQueries = Connection & { query(text: string): void };

/**
 * A consistent copy of the running server's data folder as a tar archive, made by PostgreSQL itself while it serves
 * (what `pg_basebackup` asks for over the replication protocol). A server that is started on it replays the log in it.
 *
 * @see https://www.postgresql.org/docs/current/protocol-replication.html
 */
export async function openBaseBackup(paths: EmbeddedPaths, password: string): Promise<Readable> {
  const client = new Client({
    connectionString: socketUrl(paths.socketDir, SUPERUSER, password, 'postgres'),
    application_name: 'mcp-backend backup',
    replication: 'true',
  } as ClientConfig);
  const archive = new PassThrough();
  client.on('error', (error) => archive.destroy(error));
  archive.once('close', () => void client.end());
  await client.connect();
  try {
    await client.query(HOLD_LOG);
  } catch (error) {
    archive.destroy();
    throw error;
  }
  client.query(new BaseBackupQuery(archive));
  return archive;
}

/** Sends the command, and passes the archive on at the pace of whoever reads it. */
class BaseBackupQuery {
  private isPaused = false;

  constructor(private readonly archive: PassThrough) {}

  submit(connection: Connection): void {
    (connection as SimpleQueries).query(COPY);
  }

  handleCopyData({ chunk }: { chunk: Buffer }, { stream }: Connection): void {
    if (chunk[0] !== ARCHIVE_DATA || this.archive.destroyed) return;
    // Copied: the buffer below is written anew when the next packet comes.
    const hasRoom = this.archive.write(Buffer.from(chunk.subarray(1)));
    if (hasRoom || this.isPaused) return;
    this.isPaused = true;
    stream.pause();
    this.archive.once('drain', () => {
      this.isPaused = false;
      stream.resume();
    });
  }

  handleReadyForQuery(): void {
    this.archive.end();
  }

  handleError(error: Error): void {
    this.archive.destroy(error);
  }

  /** Rows about the position in the log, before and after the archive. */
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {}
}
