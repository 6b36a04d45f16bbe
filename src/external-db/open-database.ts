import { join } from 'node:path';

import type { EgressSockets } from '../security/egress/egress-sockets';
import type { SecretBox } from '../security/secret-box/secret-box';
import type { Database, ServerTarget } from './connections/database';
import { MssqlDatabase } from './connections/mssql-database';
import { MysqlDatabase } from './connections/mysql-database';
import { PostgresDatabase } from './connections/postgres-database';
import { SqliteDatabase } from './connections/sqlite-database';
import type { ExternalDbConfigRecord } from './external-db-config.repository';
import { NO_SSL } from './ssl-settings';
import { passwordPlace } from './password-place';

/** In DATA_DIR: where SQLite files must be. */
const SQLITE_FOLDER = 'sqlite';

/** What databases are opened with. */
export interface DatabaseSurroundings {
  readonly dataDir: string;
  readonly sockets: EgressSockets;
  readonly secrets: SecretBox;
}

/** Opens the database of a configuration; its password is in the clear from here on, and nowhere else. */
export async function openDatabase(
  config: ExternalDbConfigRecord,
  { dataDir, sockets, secrets }: DatabaseSurroundings,
): Promise<Database> {
  const { id, dbType, host, port, username, dbName, sealedPassword, ssl, allowWrites } = config;
  if (dbType === 'sqlite') return new SqliteDatabase(join(dataDir, SQLITE_FOLDER), dbName, allowWrites);
  if (host === null || port === null || username === null) {
    throw new TypeError(`The configuration ${id} names no server: it was stored unchecked`);
  }
  const password = sealedPassword === null ? '' : await secrets.unseal(passwordPlace(id), sealedPassword);
  const target: ServerTarget = { dbType, host, port, username, password, dbName, ssl: ssl ?? NO_SSL };
  switch (dbType) {
    case 'postgresql':
      return PostgresDatabase.connect(target, sockets);
    case 'mysql':
    case 'mariadb':
      return MysqlDatabase.connect(target, sockets);
    case 'mssql':
      return MssqlDatabase.connect(target, sockets);
  }
}
