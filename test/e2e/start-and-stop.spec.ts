import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';

import { Client } from 'pg';

import { locateEmbeddedPostgres } from '../../src/database/embedded-postgres/locate';
import { type DataDir, makeDataDir } from '../support/data-dir';
import { eventually } from '../support/eventually';
import { isAlive } from '../support/is-alive';
import { type RunningApp, spawnApp, startApp } from '../support/start-app';

const ROOT = resolve(__dirname, '../..');
const isRoot = process.getuid?.() === 0;

/** The account `nobody` of every Linux. */
const NOBODY = 65_534;

let dataDir: DataDir;
let apps: RunningApp[];

beforeEach(() => {
  dataDir = makeDataDir();
  apps = [];
});

afterEach(async () => {
  for (const app of apps) await app.stop();
  dataDir.remove();
});

async function start(env: Record<string, string> = {}): Promise<RunningApp> {
  const app = await startApp({ env: { DATA_DIR: dataDir.path, ...env } });
  apps.push(app);
  return app;
}

async function startInVain(env: Record<string, string>): Promise<{ code: number | null; text: string }> {
  const app = await spawnApp({ env: { DATA_DIR: dataDir.path, ...env } });
  apps.push(app);
  const { code } = await app.exited;
  return { code, text: [app.output, ...app.logs.map(({ msg }) => msg)].join('\n') };
}

async function healthStatus(app: RunningApp): Promise<number> {
  return (await fetch(`${app.baseUrl}/health`)).status;
}

/** A machine that is busy may be late with its answer to the program, and the program says so. */
async function isHealthy(app: RunningApp): Promise<void> {
  await eventually(async () => (await healthStatus(app)) === 200);
}

async function queryEmbedded(text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: locateEmbeddedPostgres(dataDir.path) ?? '' });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('health', () => {
  it.each(['/health', '/api/v1/health'])('is told at %s without a key', async (path) => {
    const app = await start();
    await isHealthy(app);
    const response = await fetch(app.baseUrl + path);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        status: 'healthy',
        version,
        code_sandbox: expect.objectContaining({ available: expect.any(Boolean) as boolean }) as object,
      },
    ]);
  });

  it('is told by a worker, which serves nothing else', async () => {
    const app = await start({ ROLE: 'worker' });
    await isHealthy(app);
    expect((await fetch(`${app.baseUrl}/api/v1/api-keys`)).status).toBe(404);
  });
});

describe('a stop', () => {
  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('by %s ends everything with exit code 0', async (signal) => {
    const app = await start();
    const server = dataDir.serverPid() ?? 0;
    expect(isAlive(server)).toBe(true);
    app.signal(signal);
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(isAlive(server)).toBe(false);
  });

  it('while the program is starting leaves no server behind', async () => {
    const app = await spawnApp({ env: { DATA_DIR: dataDir.path } });
    apps.push(app);
    await eventually(() => dataDir.serverPid());
    app.signal('SIGTERM');
    expect(await app.exited).toEqual({ code: 0, signal: null });
    const left = dataDir.serverPid();
    expect(left === null || !isAlive(left)).toBe(true);
  });

  it.each([
    ['Ctrl-C, which reaches the whole process group', (npm: number) => process.kill(-npm, 'SIGINT')],
    ['SIGTERM to npm alone', (npm: number) => process.kill(npm, 'SIGTERM')],
  ])('of `npm start` by %s ends everything', async (_name, stop) => {
    const npm = spawn('npm', ['start', '--ignore-scripts'], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, PORT: '0', LOG_FORMAT: 'json', DATA_DIR: dataDir.path, DATABASE_URL: '' },
    });
    let output = '';
    npm.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    const ended = new Promise((resolveEnd) => npm.stdout.once('close', resolveEnd));
    await eventually(() => output.includes('Listening on '));
    const server = dataDir.serverPid() ?? 0;
    stop(npm.pid ?? 0);
    // The pipe closes when the last process that holds it, the program, has ended.
    await ended;
    expect(output).not.toContain('"level":50');
    await eventually(() => !isAlive(server));
  });
});

describe('data', () => {
  it('are there again after a stop and after kill -9', async () => {
    const first = await start();
    await queryEmbedded('CREATE TABLE kept AS SELECT 1 AS one');
    await first.stop();

    const second = await start();
    await queryEmbedded('INSERT INTO kept VALUES (2)');
    await second.kill9();
    const orphan = dataDir.serverPid() ?? 0;
    expect(isAlive(orphan)).toBe(true);

    const third = await start();
    expect(await queryEmbedded('SELECT one FROM kept ORDER BY one')).toEqual([{ one: 1 }, { one: 2 }]);
    await eventually(() => !isAlive(orphan));
    await isHealthy(third);
  });

  it('are there again when the program and its server are killed together', async () => {
    const first = await start();
    await queryEmbedded('CREATE TABLE kept AS SELECT 1 AS one');
    process.kill(dataDir.serverPid() ?? 0, 'SIGKILL');
    await first.kill9();
    await start();
    expect(await queryEmbedded('SELECT one FROM kept')).toEqual([{ one: 1 }]);
  });

  it('belong to one program at a time', async () => {
    const owner = await start();
    const { code, text } = await startInVain({});
    expect(code).toBe(1);
    expect(text).toContain(`DATA_DIR ${dataDir.path} is in use by another mcp-backend`);
    await isHealthy(owner);
  });
});

it('goes on when its server is killed, and says meanwhile that it is not healthy', async () => {
  const app = await start();
  let killed: number | null = null;
  await eventually(async () => {
    // Again where it is back before anybody has looked.
    const server = dataDir.serverPid();
    if (server !== null && server !== killed && isAlive(server)) {
      process.kill(server, 'SIGKILL');
      killed = server;
    }
    return (await healthStatus(app)) === 503;
  });
  await isHealthy(app);
  expect(dataDir.serverPid()).not.toBe(killed);
  expect(await app.stop()).toEqual({ code: 0, signal: null });
});

describe('a start in vain', () => {
  it('names every faulty variable and shows no value and no stack', async () => {
    const { code, text } = await startInVain({ PORT: 'eighty', DATABASE_URL: 'mysql://u:hunter2@h/d' });
    expect(code).toBe(78);
    expect(text).toMatch(/PORT must be a whole number from 0 to 65535/);
    expect(text).toMatch(/DATABASE_URL must be a URL of the form postgresql:/);
    expect(text).not.toMatch(/eighty|hunter2|\n\s+at /);
  });

  it('tells that the port is taken, and leaves no server behind', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await eventually(() => other.listening);
    const { port } = other.address() as AddressInfo;
    const { code, text } = await startInVain({ PORT: String(port) });
    other.close();
    expect(code).toBe(1);
    expect(text).toMatch(
      new RegExp(`Cannot listen on 127.0.0.1, port ${port}: another program listens there`),
    );
    expect(text).not.toMatch(/\n\s+at /);
    expect(dataDir.serverPid()).toBeNull();
  });

  it('tells that DATA_DIR is no folder', async () => {
    writeFileSync(join(dataDir.path, 'file'), '');
    const { code, text } = await startInVain({ DATA_DIR: join(dataDir.path, 'file') });
    expect([code, text]).toEqual([1, expect.stringMatching(/DATA_DIR .* cannot be used \(EEXIST\)/)]);
  });

  it('tells what is wrong with DATABASE_URL without showing it', async () => {
    const url = new URL(process.env['TEST_DATABASE_URL'] ?? '');
    url.password = 'hunter2';
    const { code, text } = await startInVain({ DATABASE_URL: url.href });
    expect([code, text]).toEqual([
      1,
      expect.stringContaining('DATABASE_URL: the server refuses its user and password'),
    ]);
    expect(text).not.toContain('hunter2');
  });
});

(isRoot ? it : it.skip)('runs as an ordinary user', async () => {
  const own = makeDataDir(NOBODY);
  const app = await startApp({ env: { DATA_DIR: own.path }, uid: NOBODY });
  const server = own.serverPid() ?? 0;
  await isHealthy(app);
  expect(await app.stop()).toEqual({ code: 0, signal: null });
  expect(isAlive(server)).toBe(false);
  own.remove();
});
