import { runCli } from '../support/run-cli';
import { TEST_ENCRYPTION_KEY } from '../support/start-app';
import { startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

const COMMAND = ['secrets', 'rotate-key'];
const NEW_KEY = Buffer.alloc(32, 9).toString('base64');
const API_KEY_ENV = { EGRESS_ALLOW: 'loopback' };

describe('mcp-backend secrets rotate-key', () => {
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
    const rotated = await runCli(COMMAND, { DATABASE_URL: databaseUrl, ENCRYPTION_KEY: both });
    expect(rotated).toMatchObject({ code: 0, stderr: '' });
    expect(rotated.stdout).toMatch(/^[1-9]\d* data keys are now under the first encryption key/);

    const again = await runCli(COMMAND, { DATABASE_URL: databaseUrl, ENCRYPTION_KEY: NEW_KEY });
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
    const run = await after.rest.post(`/mcp-definitions/${body.id}/invoke`, { wait_seconds: 120 });
    expect(run.body).toMatchObject({ status: 'failed', error: { code: 'CONNECTION_FAILED' } });
    await after.app.stop();
  });

  it('says that a key is not the right one, and changes nothing', async () => {
    const wrong = Buffer.alloc(32, 3).toString('base64');
    const { code, stderr } = await runCli(COMMAND, { DATABASE_URL: databaseUrl, ENCRYPTION_KEY: wrong });
    expect(code).toBe(1);
    expect(stderr).toContain('ENCRYPTION_KEY: the secrets in this database were encrypted under another key');
    expect(stderr).not.toContain(wrong);
  });
});
