import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Logger } from '@nestjs/common';
import { Client } from 'pg';

import { EmbeddedPostgres } from '../../../src/database/embedded-postgres/embedded-postgres';
import { locateEmbeddedPostgres } from '../../../src/database/embedded-postgres/locate';
import { type DataDir, makeDataDir } from '../../support/data-dir';
import { eventually } from '../../support/eventually';
import { isAlive } from '../../support/is-alive';

const isRoot = process.getuid?.() === 0;

let dataDir: DataDir;
let running: EmbeddedPostgres[];

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  dataDir = makeDataDir();
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((postgres) => postgres.stop()));
  dataDir.remove();
});

async function start(path = dataDir.path): Promise<EmbeddedPostgres> {
  const postgres = await EmbeddedPostgres.start({ dataDir: path });
  running.push(postgres);
  return postgres;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Leaves the folder as a kill -9 of the program leaves it, less the server, which is killed as well. */
async function crash(postgres: EmbeddedPostgres): Promise<void> {
  const pid = postgres.serverPid ?? 0;
  postgres.abandon();
  process.kill(pid, 'SIGKILL');
  await eventually(() => !isAlive(pid));
}

it('keeps what was written over a stop and a start', async () => {
  const first = await start();
  await query(first.connectionUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  const second = await start();
  expect(second.connectionUrl).toBe(first.connectionUrl);
  expect(await query(second.connectionUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
});

it('listens on a private socket only, asks for a password, and commits to disk', async () => {
  const { connectionUrl } = await start();
  expect(
    await query(
      connectionUrl,
      `SELECT current_setting('listen_addresses') AS addresses, current_setting('fsync') AS fsync,
              current_setting('synchronous_commit') AS commit, current_setting('data_checksums') AS checksums,
              current_setting('server_encoding') AS encoding, rolsuper AS super
       FROM pg_roles WHERE rolname = current_user`,
    ),
  ).toEqual([{ addresses: '', fsync: 'on', commit: 'on', checksums: 'on', encoding: 'UTF8', super: false }]);
  const wrong = new URL(connectionUrl);
  wrong.password = 'guess';
  await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  expect(statSync(new URL(connectionUrl).searchParams.get('host') ?? '').mode & 0o777).toBe(0o700);
  expect(statSync(join(dataDir.path, 'postgres-password')).mode & 0o777).toBe(0o600);
});

it('is started again on the same socket when the server is killed', async () => {
  const postgres = await start();
  await query(postgres.connectionUrl, 'CREATE TABLE kept AS SELECT 1 AS one');
  const killed = postgres.serverPid ?? 0;
  process.kill(killed, 'SIGKILL');
  expect(await eventually(() => query(postgres.connectionUrl, 'SELECT one FROM kept'))).toHaveLength(1);
  const next = await eventually(() => postgres.serverPid !== killed && postgres.serverPid);
  // Killed again at once, it waits a little, but comes back.
  process.kill(next, 'SIGKILL');
  await eventually(() => query(postgres.connectionUrl, 'SELECT one FROM kept'));
});

it('can be stopped while it is being started again', async () => {
  const postgres = await start();
  process.kill(postgres.serverPid ?? 0, 'SIGKILL');
  await postgres.stop();
  const left = dataDir.serverPid();
  expect(left === null || !isAlive(left)).toBe(true);
});

it('refuses a data folder that is in use, and leaves its owner alone', async () => {
  const owner = await start();
  await expect(start()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: `DATA_DIR ${dataDir.path} is in use by another mcp-backend: stop it, or set DATABASE_URL to share one database`,
  });
  expect(await query(owner.connectionUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('lets exactly one of several first starts win', async () => {
  const results = await Promise.allSettled([start(), start(), start()]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(await query(running[0]?.connectionUrl ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

describe('with lock files left whose process number another program has by now', () => {
  let unrelated: ChildProcess;

  beforeEach(async () => {
    unrelated = spawn('sleep', ['600']);
    await once(unrelated, 'spawn');
  });

  afterEach(() => {
    unrelated.kill();
  });

  it('starts, and leaves that program alone', async () => {
    const first = await start();
    await query(first.connectionUrl, 'CREATE TABLE kept AS SELECT 1 AS one');
    await crash(first);
    const lockFile = join(dataDir.path, 'postgres/postmaster.pid');
    const socketLock = join(dataDir.path, 'run/.s.PGSQL.5432.lock');
    for (const path of [lockFile, socketLock]) {
      expect(existsSync(path)).toBe(true);
      writeFileSync(path, `${unrelated.pid ?? 0}\n${join(dataDir.path, 'postgres')}\n1\n5432\n\n\n`);
    }
    const second = await start();
    expect(await query(second.connectionUrl, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    expect(unrelated.exitCode).toBeNull();
  });
});

it('tidies up what a killed first start has left', async () => {
  mkdirSync(join(dataDir.path, 'postgres-init-killed/cluster'), { recursive: true });
  await start();
  expect(readdirSync(dataDir.path).filter((name) => name.startsWith('postgres-init-'))).toEqual([]);
});

it('does not touch a folder in its place that holds something else', async () => {
  mkdirSync(join(dataDir.path, 'postgres'));
  writeFileSync(join(dataDir.path, 'postgres/letters.txt'), 'dear');
  await expect(start()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(existsSync(join(dataDir.path, 'postgres/letters.txt'))).toBe(true);
});

it('says so when the password is not that of the data', async () => {
  await (await start()).stop();
  writeFileSync(join(dataDir.path, 'postgres-password'), 'another');
  await expect(start()).rejects.toThrow(/postgres-password does not fit the database/);
});

it('tells why the server does not start', async () => {
  await (await start()).stop();
  writeFileSync(join(dataDir.path, 'postgres/PG_VERSION'), '9.6\n');
  await expect(start()).rejects.toThrow(/database files are incompatible with server/);
});

it('starts in a folder with a name too long for a socket, with a comma and a space', async () => {
  const path = join(dataDir.path, `${'long'.repeat(24)}, "quoted" dir`);
  mkdirSync(path, { mode: 0o711 });
  const postgres = await start(path);
  expect(await query(postgres.connectionUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(locateEmbeddedPostgres(path)).toBe(postgres.connectionUrl);
  await postgres.stop();
  rmdirSync(new URL(postgres.connectionUrl).searchParams.get('host') ?? '');
});

(isRoot ? it : it.skip)('starts for root below a folder that only root may enter', async () => {
  chmodSync(dataDir.path, 0o700);
  const postgres = await start(join(dataDir.path, 'data'));
  await query(postgres.connectionUrl, 'CREATE TABLE kept AS SELECT 1 AS one');
  expect(statSync(join(dataDir.path, 'data/postgres')).uid).not.toBe(0);
  process.kill(postgres.serverPid ?? 0, 'SIGKILL');
  expect(await eventually(() => query(postgres.connectionUrl, 'SELECT one FROM kept'))).toHaveLength(1);
});
