import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { type DataDir, makeDataDir } from '../support/data-dir';
import { Keepsakes } from '../support/keepsakes';
import type { RestClient } from '../support/rest-client';
import { runCli } from '../support/run-cli';
import { type RunningRest, startRest } from '../support/start-rest';
import { startSystemPostgres, SYSTEM_POSTGRES, type SystemPostgres } from '../support/system-postgres';

/** Calls `work` again and again until `isOver`. */
async function meanwhile(work: (count: number) => Promise<unknown>, isOver: () => boolean): Promise<number> {
  let count = 0;
  while (!isOver()) {
    await work(count);
    count += 1;
  }
  return count;
}

function storeSecret(rest: RestClient, name: string) {
  return rest.post('/secrets', { name, value: 'of no importance' });
}

/** What a test starts; stopped after it, also when it fails. */
const running: RunningRest[] = [];

async function start(env: Readonly<Record<string, string>>): Promise<RunningRest> {
  const started = await startRest({ env: { EGRESS_ALLOW: 'loopback', ...env } });
  running.push(started);
  return started;
}

async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map(({ app }) => app.stop()));
}

afterEach(stopAll);

describe('mcp-backend backup and restore, of an embedded database', () => {
  let keepsakes: Keepsakes;
  let source: DataDir;
  let key: string;
  let whole: string;
  let keyless: string;

  beforeAll(async () => {
    keepsakes = await Keepsakes.start();
    source = makeDataDir();
    whole = join(source.path, 'whole.tar.gz');
    keyless = join(source.path, 'keyless.tar.gz');
  });

  afterAll(() => {
    keepsakes.close();
    source.remove();
  });

  it('saves while the program works, and is not seen before it is whole', async () => {
    const { rest, ...program } = await start({ DATA_DIR: source.path });
    ({ key } = program);
    await keepsakes.store(rest);
    let isOver = false;
    const writing = meanwhile(
      (count) => storeSecret(rest, `DURING_${count}`),
      () => isOver,
    );
    const saved = await runCli(['backup', whole], { DATA_DIR: source.path });
    isOver = true;
    expect([saved.code, saved.stderr]).toEqual([0, '']);
    expect(saved.stdout).toMatch(/^Wrote .*whole\.tar\.gz \([\d.]+ MB\)\. It holds the keys/);
    expect(await writing).toBeGreaterThan(0);
    expect(statSync(whole).mode & 0o777).toBe(0o600);
    expect((await storeSecret(rest, 'AFTERWARDS')).status).toBe(201);
    await stopAll();
    expect(readdirSync(source.path).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('saves while the program does not run', async () => {
    const saved = await runCli(['backup', keyless, '--without-keys'], { DATA_DIR: source.path });
    expect([saved.code, saved.stdout]).toEqual([0, expect.stringMatching(/^Wrote .*\(.* MB\)\.\n$/)]);
  });

  it('brings everything back into an empty folder: secrets open, workflows run, runs that waited go on', async () => {
    const target = makeDataDir();
    const restored = await runCli(['restore', whole, '--data-dir', target.path]);
    expect([restored.code, restored.stderr]).toEqual([0, '']);
    expect(restored.stdout).toMatch(/^Restored what version .* saved at .*Z into /);
    const { rest } = await start({ DATA_DIR: target.path, BOOTSTRAP_API_KEY: key });
    const { body } = await rest.get<{ items: { name: string }[] }>('/secrets?search=AFTERWARDS');
    expect(body.items).toEqual([]);
    await keepsakes.expectIn(rest);
    await stopAll();
    target.remove();
  });

  it('asks for the key that was left out, and works when it is there again', async () => {
    const target = makeDataDir();
    const restored = await runCli(['restore', keyless, '--data-dir', target.path]);
    expect([restored.code, restored.stderr]).toEqual([
      1,
      expect.stringMatching(/encryption-key is missing:/),
    ]);
    copyFileSync(join(source.path, 'encryption-key'), join(target.path, 'encryption-key'));
    const { stdout } = await runCli(['doctor', '--data-dir', target.path]);
    expect(stdout).toMatch(/✔ Encryption key +opens what is stored/);
    target.remove();
  });

  describe('refuses', () => {
    let target: DataDir;

    beforeEach(() => {
      target = makeDataDir();
    });

    afterEach(() => {
      target.remove();
    });

    it('a file that is cut off, and leaves nothing', async () => {
      const cut = join(target.path, 'cut.tar.gz');
      writeFileSync(cut, readFileSync(whole).subarray(0, -1_000));
      const data = join(target.path, 'data');
      mkdirSync(data);
      const { code, stderr } = await runCli(['restore', cut, '--data-dir', data]);
      expect([code, stderr]).toEqual([
        1,
        `${cut} is no whole backup: it is damaged, cut off, or something else\n`,
      ]);
      expect(readdirSync(data).filter((name) => name !== 'run')).toEqual([]);
    });

    it('what is no backup, and what is not there', async () => {
      const other = join(target.path, 'other.tar.gz');
      writeFileSync(other, 'not a backup');
      const args = ['--data-dir', join(target.path, 'data')];
      expect((await runCli(['restore', other, ...args])).stderr).toMatch(/is no whole backup/);
      expect((await runCli(['restore', `${other}x`, ...args])).stderr).toMatch(/^There is no file .*x\n$/);
    });

    it('to write over anything', async () => {
      const again = await runCli(['backup', whole], { DATA_DIR: source.path });
      expect([again.code, again.stderr]).toEqual([
        1,
        expect.stringMatching(/is there already: choose another/),
      ]);
      const onto = await runCli(['restore', whole], { DATA_DIR: source.path });
      expect([onto.code, onto.stderr]).toEqual([
        1,
        expect.stringMatching(/postgres is there already: restore/),
      ]);
      writeFileSync(join(target.path, 'encryption-key'), 'somebody else needs it');
      const beside = await runCli(['restore', whole, '--data-dir', target.path]);
      expect([beside.code, beside.stderr]).toEqual([
        1,
        expect.stringMatching(/encryption-key is there already/),
      ]);
      expect(existsSync(join(target.path, 'postgres'))).toBe(false);
    });

    it('a folder that cannot be written, and leaves nothing', async () => {
      const { code, stderr } = await runCli(['backup', '/dev/null/x.tar.gz'], { DATA_DIR: source.path });
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/^\/dev\/null\/x\.tar\.gz cannot be written \(/),
      ]);
    });

    it('a database of one’s own, and says where to read on', async () => {
      const env = {
        DATABASE_URL: 'postgresql://u@127.0.0.1:1/d',
        ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
      };
      for (const command of ['backup', 'restore']) {
        const { code, stderr } = await runCli([command, whole], env);
        expect([code, stderr]).toEqual([1, expect.stringContaining('docs/backup.md')]);
      }
    });
  });
});

/** Without a PostgreSQL with tools on this machine it is shown as skipped; CI, which installs one, fails then. */
const describeWithTools =
  SYSTEM_POSTGRES !== null || process.env['CI'] !== undefined ? describe : describe.skip;

describeWithTools('pg_dump and pg_restore, of a PostgreSQL of one’s own', () => {
  let keepsakes: Keepsakes;
  let postgres: SystemPostgres;
  let folder: DataDir;

  beforeAll(async () => {
    keepsakes = await Keepsakes.start();
    postgres = await startSystemPostgres();
    folder = makeDataDir();
  });

  afterAll(async () => {
    keepsakes.close();
    await postgres.stop();
    folder.remove();
  });

  it('bring everything back with the same ENCRYPTION_KEY, and nothing starts with another', async () => {
    const before = await postgres.createDatabase('before');
    const { rest: old, key } = await start({ DATABASE_URL: before });
    await keepsakes.store(old);
    const dump = join(folder.path, 'mcp-backend.dump');
    postgres.run('pg_dump', ['--format=custom', `--file=${dump}`, before]);
    await stopAll();
    await postgres.dropDatabase('before');

    const after = await postgres.createDatabase('after');
    postgres.run('pg_restore', ['--no-owner', '--exit-on-error', `--dbname=${after}`, dump]);
    const wrong = { DATABASE_URL: after, ENCRYPTION_KEY: Buffer.alloc(32, 9).toString('base64') };
    expect((await runCli(['doctor'], wrong)).stdout).toMatch(/✖ Encryption key +ENCRYPTION_KEY: the secrets/);
    const { rest } = await start({ DATABASE_URL: after, BOOTSTRAP_API_KEY: key });
    await keepsakes.expectIn(rest);
  });
});
