import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { TEST_ENCRYPTION_KEY } from '../support/start-app';
import { startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

jest.setTimeout(60_000);

const COMMAND = join(__dirname, '../../dist/src/cli/main.js');
const NEW_KEY = Buffer.alloc(32, 9).toString('base64');
const API_KEY_ENV = { EGRESS_ALLOW: 'loopback' };

function runCommand(env: Record<string, string>, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('the command rotate-encryption-key', () => {
  let databaseUrl: string;

  beforeAll(async () => {
    databaseUrl = await createDatabase();
  });

  afterAll(async () => {
    await dropDatabase(databaseUrl);
  });

  it('lets the old key be taken out, and keeps every secret', async () => {
    const env = { ...API_KEY_ENV, DATABASE_URL: databaseUrl };
    const before = await startRest({ env });
    const stored = await before.rest.post('/secrets', { name: 'KEPT', value: 'a-value-that-stays' });
    expect(stored.status).toBe(201);
    await before.app.stop();

    const both = `${NEW_KEY},${TEST_ENCRYPTION_KEY}`;
    const rotated = runCommand({ DATABASE_URL: databaseUrl, ENCRYPTION_KEY: both }, 'rotate-encryption-key');
    expect(rotated).toMatchObject({ status: 0, stderr: '' });
    expect(rotated.stdout).toMatch(/^[1-9]\d* data keys are now under the first encryption key/);

    const again = runCommand({ DATABASE_URL: databaseUrl, ENCRYPTION_KEY: NEW_KEY }, 'rotate-encryption-key');
    expect(again.stdout).toMatch(/^0 data keys/);

    const after = await startRest({
      env: { ...env, ENCRYPTION_KEY: NEW_KEY, BOOTSTRAP_API_KEY: before.key },
    });
    const config = {
      type: 'http_request',
      url: 'http://127.0.0.1:9/',
      headers: { a: '${{ secrets.KEPT }}' },
    };
    const definition = { name: 'uses it', mcp_type: config.type, config };
    const { body } = await after.rest.post<{ id: string }>('/mcp-definitions', definition);
    // Nobody listens there; what matters is that it came so far.
    const run = await after.rest.post(`/mcp-definitions/${body.id}/invoke`, { wait_seconds: 20 });
    expect(run.body).toMatchObject({ status: 'failed', error: { code: 'CONNECTION_FAILED' } });
    await after.app.stop();
  });

  it('says that a key is not the right one, and changes nothing', () => {
    const wrong = Buffer.alloc(32, 3).toString('base64');
    const { status, stderr } = runCommand(
      { DATABASE_URL: databaseUrl, ENCRYPTION_KEY: wrong },
      'rotate-encryption-key',
    );
    expect(status).toBe(1);
    expect(stderr).toContain('ENCRYPTION_KEY: the secrets in this database were encrypted under another key');
    expect(stderr).not.toContain(wrong);
  });

  it.each([[[]], [['unknown']], [['rotate-encryption-key', 'more']]])('tells its use for %j', (args) => {
    expect(runCommand({}, ...args)).toMatchObject({
      status: 64,
      stderr: 'Usage: mcp-backend rotate-encryption-key\n',
    });
  });
});
