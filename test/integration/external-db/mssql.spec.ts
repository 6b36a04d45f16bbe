import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

import { type ExternalDatabasesHarness, startExternalDatabases } from './external-databases-harness';

// No SQL Server runs here: these are the parts that need none. docs/external-databases.md says so.
describe('an external SQL Server', () => {
  let harness: ExternalDatabasesHarness;
  const settings = { dbType: 'mssql', username: 'sa', password: 'hunter2', dbName: 'master' } as const;

  beforeAll(async () => {
    harness = await startExternalDatabases();
  });

  afterAll(async () => {
    await harness.stop();
  });

  it('that is away is said to be so', async () => {
    const id = await harness.create({ ...settings, host: '127.0.0.1', port: 1 });
    const test = await harness.databases.test(id, new AbortController().signal);
    expect(test).toMatchObject({ ok: false, error: { code: 'CONNECTION_FAILED' } });
    expect(JSON.stringify(test)).not.toContain('hunter2');
  });

  it('is reached through the egress guard only', async () => {
    const closed = await startExternalDatabases([]);
    const id = await closed.create({ ...settings, host: '127.0.0.1' });
    expect(await closed.databases.test(id, new AbortController().signal)).toMatchObject({
      ok: false,
      error: { code: 'EGRESS_DENIED' },
    });
    await closed.stop();
  });

  it('that speaks another protocol is given up', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const id = await harness.create({ ...settings, host: '127.0.0.1', port });
    expect(await harness.databases.test(id, new AbortController().signal)).toMatchObject({
      ok: false,
      error: { code: 'CONNECTION_FAILED' },
    });
    server.close();
  });
});
