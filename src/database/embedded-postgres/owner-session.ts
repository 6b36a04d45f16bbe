import { connect } from 'node:net';

import { Client, type ClientConfig, escapeLiteral } from 'pg';

import { SUPERUSER } from './cluster';
import { type EmbeddedPaths, socketPath, socketUrl } from './paths';

/** The program's own role: owner of its database, no superuser, so that no statement of ours can read files. */
export const APP_ROLE = 'mcp_backend';
export const APP_DATABASE = 'mcp_backend';

/** Key of the session lock in database `postgres` that says whose a server is. The same in every version. */
const OWNER_LOCK = 4_711_001;

/**
 * The connection by which a process owns the embedded server: it holds a session lock for as long as the process
 * lives, and PostgreSQL gives the lock back in the moment of its death.
 */
export class OwnerSession {
  private constructor(private readonly client: Client) {}

  /** @throws what `pg` throws: the server may still be starting */
  static async open(paths: EmbeddedPaths, password: string): Promise<OwnerSession> {
    const options: ClientConfig = {
      connectionString: socketUrl(paths.socketDir, SUPERUSER, password, 'postgres'),
      application_name: 'mcp-backend owner',
      connectionTimeoutMillis: 2_000,
    };
    const client = new Client(options);
    // The server's end is seen by its process; this connection only ends with it.
    client.on('error', () => undefined);
    await client.connect();
    return new OwnerSession(client);
  }

  /** Takes the lock; false when another process has it. */
  async tryOwn(): Promise<boolean> {
    const { rows } = await this.client.query<{ owned: boolean }>('SELECT pg_try_advisory_lock($1) AS owned', [
      OWNER_LOCK,
    ]);
    return rows[0]?.owned === true;
  }

  /** Makes the program's role and database; whatever of it a killed start has left undone. */
  async ensureDatabase(password: string): Promise<void> {
    const { rows } = await this.client.query<{ role: boolean; database: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role,
              EXISTS (SELECT FROM pg_database WHERE datname = $2) AS database`,
      [APP_ROLE, APP_DATABASE],
    );
    if (rows[0]?.role !== true) {
      await this.client.query(`CREATE ROLE ${APP_ROLE} LOGIN CREATEDB PASSWORD ${escapeLiteral(password)}`);
    }
    if (rows[0]?.database !== true) {
      await this.client.query(`CREATE DATABASE ${APP_DATABASE} OWNER ${APP_ROLE}`);
    }
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

/**
 * Whether any server listens on the socket, even one that this machine's process table does not show: of another
 * container with the same folder, say.
 */
export function isSocketServed(paths: EmbeddedPaths): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath(paths.socketDir));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
