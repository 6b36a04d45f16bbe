import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

import { createConnection, type Connection } from 'mysql2/promise';

/** The server that tests use when there is one: Debian's package as it comes. */
const DEFAULT_URL = 'mysql://root@127.0.0.1:3306';

/** Set where the tests must not pass without a MariaDB: in CI, by `.ci/run`. */
const REQUIRED_URL = process.env['TEST_MARIADB_URL'];

/** Address and account of the server. */
export interface MariadbServer {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/** A database of a test's own. */
export interface MariadbDatabase extends MariadbServer {
  readonly dbName: string;
  /** As the server's administrator, in this database. */
  readonly admin: Connection;
  drop(): Promise<void>;
}

/**
 * Whether there is a MariaDB to test with. Asked when tests are declared, so without waiting. Where one is demanded
 * the answer is always yes, so that its absence fails tests rather than skipping them.
 */
export function hasMariadb(): boolean {
  if (REQUIRED_URL !== undefined) return true;
  const { host, port } = mariadbServer();
  const script = `require('net').connect(${port}, '${host}').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
  if (spawnSync(process.execPath, ['-e', script]).status === 0) return true;
  process.stderr.write(`SKIPPED: no MariaDB at ${host}:${port}, its tests are not run\n`);
  return false;
}

export function mariadbServer(): MariadbServer {
  const { hostname, port, username, password } = new URL(REQUIRED_URL ?? DEFAULT_URL);
  return { host: hostname, port: Number(port), username, password };
}

export async function createMariadbDatabase(): Promise<MariadbDatabase> {
  const server = mariadbServer();
  const { host, port, username: user, password } = server;
  const admin = await createConnection({ host, port, user, password });
  const dbName = `test_${randomBytes(6).toString('hex')}`;
  await admin.query(`CREATE DATABASE ${dbName} CHARACTER SET utf8mb4`);
  await admin.query(`USE ${dbName}`);
  return {
    ...server,
    dbName,
    admin,
    drop: async () => {
      await admin.query(`DROP DATABASE ${dbName}`);
      await admin.end();
    },
  };
}
