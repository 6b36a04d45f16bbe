import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MAIN } from '../support/ensure-built';
import { eventually } from '../support/eventually';
import { RestClient } from '../support/rest-client';
import { runCli, startCli } from '../support/run-cli';
import { startApp, TEST_ENCRYPTION_KEY } from '../support/start-app';
import { createDatabase, dropDatabase } from '../support/test-database';

const CLI = join(MAIN, '../cli/main.js');

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-spec-'));
  // Started by root, the embedded PostgreSQL runs as another account, which must pass.
  chmodSync(folder, 0o711);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('mcp-backend', () => {
  it('tells its version and its commands', async () => {
    const { version } = JSON.parse(readFileSync(join(MAIN, '../../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const help = await runCli(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['serve', 'migrate', 'keys', 'secrets', 'doctor']) {
      expect(help.stdout).toContain(`\n  ${command}`);
    }
  });

  it.each([
    [[], ''],
    [['keys'], ''],
    [['sreve'], "error: unknown command 'sreve'\n(Did you mean serve?)"],
    [['keys', 'create'], "error: missing required argument 'name'"],
    [['serve', '--prot', '1'], "error: unknown option '--prot'\n(Did you mean --port?)"],
    [['keys', 'create', 'a', 'b'], 'error: too many arguments'],
  ])('says for %j how it is used, and ends with 64', async (args, text) => {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain(text);
    expect(stderr).toMatch(/Usage: mcp-backend|"mcp-backend --help" shows what there is/);
  });

  it('says which variable is wrong, and ends with 78', async () => {
    expect(await runCli(['serve', '--port', 'x'])).toEqual({
      code: 78,
      stdout: '',
      stderr: 'The configuration is not valid:\n  - PORT must be a whole number from 0 to 65535\n',
    });
  });

  it('says which Node it needs, on an older one', () => {
    // The same program as it runs there: the rest of Node is not what this is about.
    const older = "Object.defineProperty(process.versions, 'node', { value: '20.19.0' });";
    const { status, stderr } = spawnSync(
      process.execPath,
      ['-e', `${older} require(${JSON.stringify(CLI)})`],
      { encoding: 'utf8' },
    );
    expect(status).toBe(78);
    expect(stderr).toMatch(/^mcp-backend needs Node >=24, and this is Node 20\.19\.0: .*\n$/);
  });
});

describe('on an embedded database', () => {
  const key = /^mcp_[0-9A-Za-z]{32}\n$/;
  let env: Record<string, string>;

  beforeAll(() => {
    env = { DATA_DIR: join(folder, 'data'), LOG_FORMAT: 'json' };
  });

  it('refuses a folder without one, and makes none', async () => {
    const { code, stderr } = await runCli(['keys', 'list'], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^There is no database in .*\/data: set DATA_DIR .*\n$/);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('tells at first what will be made', async () => {
    const { code, stdout } = await runCli(['doctor'], env);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^✔ Database +none yet: "mcp-backend serve"/)]);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('serves, and makes and revokes keys while it does', async () => {
    const serving = startCli(['serve', '--port', '0', '--data-dir', join(folder, 'data')], {
      LOG_FORMAT: 'json',
      RATE_LIMIT_PER_MINUTE: '100000',
    });
    const url = await eventually(() => /"url":"([^"]+)"/.exec(serving.output.stdout)?.[1]);
    const made = await runCli(['keys', 'create', 'for-a-script', '--scopes', 'read'], env);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(key) as string });
    expect(made.stderr).toMatch(/^The key "for-a-script" was made \(id .*; read; it does not end\)/);

    const rest = new RestClient(url, made.stdout.trim());
    expect((await rest.get('/mcp-definitions')).status).toBe(200);
    expect((await rest.get('/api-keys')).status).toBe(403);

    const listed = await runCli(['keys', 'list'], env);
    expect(listed.stdout).toMatch(/^NAME +BEGINS WITH +SCOPES/);
    expect(listed.stdout).toMatch(new RegExp(`^for-a-script +${made.stdout.slice(0, 8)} +read +`, 'm'));
    expect(listed.stdout).not.toContain(made.stdout.trim());

    const healthy = await runCli(['doctor'], env);
    expect([healthy.code, healthy.stdout]).toEqual([
      0,
      expect.stringMatching(/✔ API keys +1 can make others/),
    ]);
    expect(healthy.stdout).toMatch(/✔ Encryption key +opens what is stored/);
    expect(healthy.stdout).toMatch(/✔ Clock +within 2 s/);
    expect(healthy.stdout).toMatch(/. Disk +.* are free/);

    expect((await runCli(['keys', 'revoke', 'for-a-script'], env)).stdout).toMatch(/works no more\.\n$/);
    await eventually(async () => (await rest.get('/mcp-definitions')).status === 401);

    const admin = rest.withKey(readFileSync(join(folder, 'data/bootstrap-api-key'), 'utf8').trim());
    const events = await admin.get('/audit-events?resource_type=api_key&outcome=success');
    expect(events.body).toMatchObject({
      items: [
        { action: 'api_key.delete', actor: null, client: 'mcp-backend command line' },
        { action: 'api_key.create', actor: null, arguments: { name: 'for-a-script', scopes: ['read'] } },
      ],
    });
    expect(JSON.stringify(events.body)).not.toContain(made.stdout.trim());

    const last = await runCli(['keys', 'revoke', 'bootstrap'], env);
    expect([last.code, last.stderr]).toEqual([1, expect.stringMatching(/^"bootstrap" is the last key/)]);
    expect((await runCli(['secrets', 'rotate-key'], env)).stderr).toMatch(/is in use by another mcp-backend/);

    serving.child.kill('SIGTERM');
    expect((await serving.ended).code).toBe(0);
  });

  it('works while the program does not run, and leaves no server behind', async () => {
    const made = await runCli(
      ['keys', 'create', 'later', '--expires-at', '2040-01-01T00:00:00Z', '--json'],
      env,
    );
    expect(JSON.parse(made.stdout)).toMatchObject({
      name: 'later',
      scopes: ['read', 'write', 'run', 'secrets', 'code'],
      expires_at: '2040-01-01T00:00:00.000Z',
    });
    expect(existsSync(join(folder, 'data/postgres/postmaster.pid'))).toBe(false);
    expect((await runCli(['migrate'], env)).stdout).toBe('The database is up to date.\n');
    expect((await runCli(['secrets', 'rotate-key'], env)).stdout).toMatch(/^0 data keys/);
  });

  it.each([
    [['keys', 'create', ''], /^name: must/],
    [['keys', 'create', 'x', '--scopes', 'read,fly'], /^scopes: each value must be one of read, write/],
    [
      ['keys', 'create', 'x', '--expires-at', '2020-01-01T00:00:00Z'],
      /^expires_at: must be in the future\n$/,
    ],
    [['keys', 'revoke', 'nobody'], /^There is no key "nobody"/],
  ])('says for %j what is wrong', async (args, text) => {
    expect(await runCli(args, env)).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(text) as string,
    });
  });

  it('finds a key file that others may read, and a lost encryption key', async () => {
    const path = join(folder, 'data/encryption-key');
    const kept = readFileSync(path, 'utf8');
    chmodSync(path, 0o644);
    const open = await runCli(['doctor', '--json'], env);
    expect(open.code).toBe(1);
    expect(JSON.parse(open.stdout)).toContainEqual({
      subject: 'Key files',
      state: 'failed',
      found: 'others on this machine may read them',
      advice: `chmod 600 ${path}`,
    });
    chmodSync(path, 0o600);

    writeFileSync(path, `${Buffer.alloc(32, 5).toString('base64')}\n`);
    const wrong = await runCli(['doctor'], env);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(
      /✖ Encryption key +.*were encrypted under another key.*\n +→ Put back the key/,
    );
    writeFileSync(path, kept);
    expect((await runCli(['doctor'], env)).code).toBe(0);
  });
});

describe('on DATABASE_URL', () => {
  let databaseUrl: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    databaseUrl = await createDatabase();
    env = { DATABASE_URL: databaseUrl, ENCRYPTION_KEY: TEST_ENCRYPTION_KEY };
  });

  afterAll(async () => {
    await dropDatabase(databaseUrl);
  });

  it('takes migrations back one by one, says so, and does them again', async () => {
    const before = await runCli(['migrate', '--status'], env);
    expect(before.stdout).toMatch(/^\d+ done, 0 to do\.\n$/);
    const reverted = await runCli(['migrate', '--revert'], env);
    const [, name = ''] = /^Took back (\w+)\.\n$/.exec(reverted.stdout) ?? [];
    const status = await runCli(['migrate', '--status'], env);
    expect(status.stdout).toMatch(new RegExp(`^\\d+ done, 1 to do:\n  ${name}\n$`));

    const early = await runCli(['keys', 'list'], env);
    expect([early.code, early.stderr]).toEqual([
      1,
      expect.stringContaining('run "mcp-backend migrate" first'),
    ]);
    expect((await runCli(['doctor'], env)).stdout).toMatch(/! Migrations +1 to do/);

    const done = await runCli(['migrate'], env);
    expect(done.stdout).toBe(`  ${name}\n1 migration done; the database is up to date.\n`);
  });

  it('brings one empty database up to date from many processes at once', async () => {
    const empty = await createDatabase('template0');
    const replicas = await Promise.all(
      Array.from({ length: 5 }, () => runCli(['migrate'], { ...env, DATABASE_URL: empty })),
    );
    expect(replicas.map(({ code, stderr }) => [code, stderr])).toEqual(replicas.map(() => [0, '']));
    const names = replicas.flatMap(({ stdout }) => stdout.match(/^ {2}\w+$/gm) ?? []);
    expect(names.length).toBeGreaterThan(20);
    expect(new Set(names).size).toBe(names.length);
    const app = await startApp({ env: { ...env, DATABASE_URL: empty } });
    expect(app.logs.map(({ msg }) => msg).join('\n')).not.toContain('Ran migrations');
    await app.stop();
    await dropDatabase(empty);
  });

  it('says that the database cannot be reached, without its password', async () => {
    const url = 'postgresql://somebody:hunter22@127.0.0.1:1/nothing';
    const { code, stderr } = await runCli(['keys', 'list'], { ...env, DATABASE_URL: url });
    expect(code).toBe(1);
    expect(stderr).toContain('The database cannot be reached (ECONNREFUSED');
    expect(stderr).not.toContain('hunter22');
    const doctor = await runCli(['doctor'], { ...env, DATABASE_URL: url });
    expect([doctor.code, doctor.stdout]).toEqual([
      1,
      expect.stringMatching(/^✖ Database +The database cannot/),
    ]);
  });
});
