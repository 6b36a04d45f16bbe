import type { CreateExternalDbConfigDto } from '../../../src/external-db/dto/create-external-db-config.dto';
import { createMariadbDatabase, hasMariadb } from '../../support/mariadb';
import { startTcpProxy } from '../../support/tcp-proxy';
import { createTestDatabase } from '../../support/test-database';

/** A database server, or a file, that tests run the same statements on. */
export interface Backend {
  readonly settings: Omit<CreateExternalDbConfigDto, 'name'>;
  /** How the statement is written that takes for ever. */
  readonly endless: string;
  /** How many statements of ours the server runs now; null where nobody can tell. */
  readonly countRunning: (() => Promise<number>) | null;
  /** How many connections of ours the server has; null where nobody can tell. */
  readonly countConnections: (() => Promise<number>) | null;
  readonly stop: () => Promise<void>;
}

/** By the name of the type: those that can be tested here. */
export const BACKENDS: readonly (readonly [string, () => Promise<Backend>])[] = [
  ['postgresql', startPostgres],
  ...(hasMariadb()
    ? ([
        ['mariadb', () => startMariadb('mariadb')],
        ['mysql', () => startMariadb('mysql')],
      ] as const)
    : []),
  ['sqlite', startSqlite],
];

/** The PostgreSQL of the run, which listens on a socket, by a way over TCP. */
export async function startPostgres(): Promise<Backend> {
  const database = await createTestDatabase();
  const proxy = await startTcpProxy(database.url);
  const url = new URL(proxy.url);
  const count = (condition: string) => async (): Promise<number> => {
    const [row] = await database.dataSource.query<{ count: number }[]>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${condition}`,
    );
    return row?.count ?? 0;
  };
  return {
    settings: {
      dbType: 'postgresql',
      host: url.hostname,
      port: Number(url.port),
      username: url.username,
      password: decodeURIComponent(url.password),
      dbName: url.pathname.slice(1),
    },
    endless: 'SELECT pg_sleep(600)',
    countRunning: count(`state = 'active' AND query LIKE '%pg_sleep%'`),
    countConnections: count(`application_name = 'mcp-backend' AND client_addr IS NULL`),
    stop: async () => {
      proxy.cut();
      await database.drop();
    },
  };
}

async function startMariadb(dbType: 'mariadb' | 'mysql'): Promise<Backend> {
  const database = await createMariadbDatabase();
  const { host, port, username, password, dbName, admin } = database;
  const count = (condition: string) => async (): Promise<number> => {
    const [rows] = await admin.query(
      `SELECT count(*) AS count FROM information_schema.processlist
       WHERE db = ? AND id <> connection_id() AND ${condition}`,
      [dbName],
    );
    return (rows as { count: number }[])[0]?.count ?? 0;
  };
  return {
    settings: { dbType, host, port, username, password, dbName },
    endless: 'SELECT sleep(600) UNION SELECT 1',
    countRunning: count(`info LIKE 'SELECT sleep%'`),
    countConnections: count('true'),
    stop: () => database.drop(),
  };
}

function startSqlite(): Promise<Backend> {
  return Promise.resolve({
    settings: { dbType: 'sqlite', dbName: 'shop/test.db' },
    endless: 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n',
    countRunning: null,
    countConnections: null,
    stop: () => Promise.resolve(),
  });
}
