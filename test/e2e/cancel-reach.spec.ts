import { Pool } from 'pg';

import { Cluster } from '../support/cluster';
import { eventually } from '../support/eventually';
import { createMariadbDatabase, hasMariadb } from '../support/mariadb';
import { startSilentServer } from '../support/mcp/silent-server';
import { hasProcess } from '../support/process-table';
import { sandboxTests } from '../support/sandbox';
import { type SlowServer, startSlowServer } from '../support/slow-server';
import { startTcpProxy } from '../support/tcp-proxy';
import { createTestDatabase } from '../support/test-database';

/** Longer than any test runs: only a cancellation ends what takes so long. */
const ENDLESS_SECONDS = 600;

/**
 * The API and the worker are processes of their own: what the one is asked to cancel, the other is at work on, and what
 * the other has set going elsewhere must stop.
 */
describe('the cancellation of a run', () => {
  let cluster: Cluster;
  let farSide: SlowServer;
  let count = 0;

  beforeAll(async () => {
    [farSide, cluster] = await Promise.all([startSlowServer(), Cluster.start(1)]);
  });

  afterAll(async () => {
    await cluster.close();
    await farSide.close();
  });

  /** Starts a run whose one step calls the component; gives how to cancel it and see that it ended so. */
  async function startRun(
    config: { type: string; [field: string]: unknown },
    more: { uses?: object; workflow?: object } = {},
  ): Promise<{ runId: string; workflowId: string; cancel: () => Promise<void> }> {
    const { client } = cluster;
    const component = { mcp_definition_id: await client.createComponent(config), ...more.uses };
    const workflowId = await client.createWorkflow({
      steps: [{ id: 'call', uses: component }],
      ...more.workflow,
    });
    const runId = await client.start(workflowId);
    const cancel = async (): Promise<void> => {
      expect((await client.cancel(runId)).status).toBe(200);
      expect(await client.ended(runId)).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
    };
    return { runId, workflowId, cancel };
  }

  const endlessRequest = () => ({ type: 'http_request', url: `${farSide.url}/${ENDLESS_SECONDS * 1000}/x` });
  const callOf = (runId: string) =>
    eventually(() => farSide.calls.find(({ idempotencyKey }) => idempotencyKey === `${runId}:call`));

  it('closes the connection of an HTTP request', async () => {
    const { runId, cancel } = await startRun(endlessRequest());
    const call = await callOf(runId);
    await cancel();
    await eventually(() => call.outcome === 'abandoned');
  });

  it('ends a statement in PostgreSQL', async () => {
    const database = await createTestDatabase();
    const pool = new Pool({ connectionString: database.url, max: 1 });
    const countRunning = async (): Promise<number | null> => {
      const { rowCount } = await pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND state = 'active' AND query LIKE '%pg_sleep%'`,
      );
      return rowCount;
    };
    const network = await startTcpProxy(database.url);
    const url = new URL(network.url);
    const { cancel } = await startRun({
      type: 'sql_query',
      external_db_config_id: await externalDatabase({
        db_type: 'postgresql',
        host: url.hostname,
        port: Number(url.port),
        db_name: url.pathname.slice(1),
        username: url.username,
        password: decodeURIComponent(url.password),
      }),
      sql: `SELECT pg_sleep(${ENDLESS_SECONDS})`,
    });
    await eventually(async () => (await countRunning()) === 1);
    await cancel();
    await eventually(async () => (await countRunning()) === 0);
    network.cut();
    await pool.end();
    await database.drop();
  });

  (hasMariadb() ? it : it.skip)('ends a statement in MariaDB', async () => {
    const database = await createMariadbDatabase();
    const countRunning = async (): Promise<number> => {
      const [rows] = await database.admin.query(
        "SELECT id FROM information_schema.processlist WHERE db = ? AND info LIKE 'SELECT SLEEP%'",
        [database.dbName],
      );
      return (rows as unknown[]).length;
    };
    const { host, port, username, password, dbName } = database;
    const { cancel } = await startRun({
      type: 'sql_query',
      external_db_config_id: await externalDatabase({
        db_type: 'mariadb',
        host,
        port,
        db_name: dbName,
        username,
        password,
      }),
      sql: `SELECT SLEEP(${ENDLESS_SECONDS})`,
    });
    await eventually(async () => (await countRunning()) === 1);
    await cancel();
    await eventually(async () => (await countRunning()) === 0);
    await database.drop();
  });

  it('is sent on to an MCP server, by the id of the request', async () => {
    const server = await startSilentServer();
    const { cancel } = await startRun(
      { type: 'mcp_server', transport: 'streamable_http', url: server.url },
      { uses: { tool: 'hang' } },
    );
    const call = await eventually(() => server.received.find(({ method }) => method === 'tools/call'));
    await cancel();
    const told = await eventually(() =>
      server.received.find(({ method }) => method === 'notifications/cancelled'),
    );
    expect(told.params?.requestId).toBe(call.id);
    server.close();
  });

  it('comes from a younger run with the same key as well', async () => {
    const { runId, workflowId } = await startRun(endlessRequest(), {
      workflow: { concurrency: { key: '1', on_conflict: 'cancel_running' } },
    });
    const call = await callOf(runId);
    const younger = await cluster.client.start(workflowId);
    await eventually(() => call.outcome === 'abandoned');
    expect(await cluster.client.ended(runId)).toMatchObject({ status: 'cancelled' });
    await callOf(younger);
    await cluster.client.cancel(younger);
    await cluster.client.ended(younger);
  });

  sandboxTests('of a script', () => {
    // The numbers are found in the command line of a process that the script starts, and nowhere else.
    it.each([
      {
        type: 'python_script',
        code: (marker: string) =>
          `import subprocess\ndef main(inputs):\n  subprocess.run(["/bin/sleep", "${marker}"])`,
      },
      {
        type: 'typescript_script',
        runtime: 'node',
        code: (marker: string) =>
          `import { spawnSync } from 'node:child_process';\nexport default () => { spawnSync('/bin/sleep', ['${marker}']); };`,
      },
    ])('kills the processes of a $type', async ({ code, ...config }) => {
      const marker = `${ENDLESS_SECONDS}${process.pid}${(count += 1)}`;
      const { cancel } = await startRun({ ...config, code: code(marker), timeout_seconds: ENDLESS_SECONDS });
      await eventually(() => hasProcess(marker));
      await cancel();
      await eventually(() => !hasProcess(marker));
    });
  });

  async function externalDatabase(settings: object): Promise<string> {
    const body = { name: `database ${(count += 1)}`, ...settings };
    const answer = await cluster.client.rest.post<{ id: string }>('/external-db-configs', body);
    expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
    return answer.body.id;
  }
});
