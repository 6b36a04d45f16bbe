import { randomBytes, createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';

import { Client } from 'pg';

import { KeyRing } from '../../src/security/secret-box/key-ring';
import { eventually } from '../support/eventually';
import type { RestClient } from '../support/rest-client';
import { RunClient } from '../support/run-client';
import { startSlowServer } from '../support/slow-server';
import { soonEnough } from '../support/soon-enough';
import { type RunningApp, startApp } from '../support/start-app';
import { startRest } from '../support/start-rest';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';
import { createDatabase, dropDatabase } from '../support/test-database';

/** Several starts in one test, on a busy machine. */
interface Probe {
  readonly status: string;
  readonly details: Record<string, { readonly status: string; readonly message: string | null }>;
}

type Answered = readonly [status: number, body: Probe];

async function probe(baseUrl: string, name: string): Promise<Answered> {
  const response = await fetch(`${baseUrl}/health/${name}`);
  return [response.status, (await response.json()) as Probe];
}

describe('the probes', () => {
  let databaseUrl: string;
  let network: TcpProxy;
  let app: RunningApp;
  let sql: Client;

  beforeAll(async () => {
    databaseUrl = await createDatabase();
    network = await startTcpProxy(databaseUrl);
    app = await startApp({ env: { DATABASE_URL: network.url } });
    sql = new Client({ connectionString: databaseUrl });
    await sql.connect();
  });

  afterAll(async () => {
    await app.stop();
    await sql.end();
    network.cut();
    await dropDatabase(databaseUrl);
  });

  /** Waits until readiness fails for exactly this, and gives its words. */
  async function fault(check: string): Promise<string> {
    return eventually(async () => {
      const [status, { details }] = await probe(app.baseUrl, 'ready');
      const down = Object.keys(details).filter((name) => details[name]?.status === 'down');
      return status === 503 && down.join() === check ? details[check]?.message : null;
    });
  }

  async function readyAgain(): Promise<void> {
    await eventually(async () => (await probe(app.baseUrl, 'ready'))[0] === 200);
  }

  it('say what was looked at when all is well, to everybody', async () => {
    const [status, body] = await eventually(async () => {
      const answered = await probe(app.baseUrl, 'ready');
      return answered[0] === 200 ? answered : null;
    });
    const up = { status: 'up', message: null };
    expect([status, body.details]).toMatchObject([
      200,
      { database: up, migrations: up, encryption_key: up, queue: up },
    ]);
    // A machine without a sandbox serves all the same.
    const sandbox = body.details['sandbox']?.status;
    expect([sandbox, body.status]).toEqual(sandbox === 'up' ? ['up', 'ok'] : ['degraded', 'degraded']);
    for (const name of ['live', 'startup']) {
      expect(await probe(app.baseUrl, name)).toEqual([200, { status: 'ok', details: {} }]);
    }
  });

  it('are never limited, and never kept by caches', async () => {
    const { headers } = await fetch(`${app.baseUrl}/health/ready`);
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await fetch(`${app.baseUrl}/health/nope`)).status).toBe(404);
  });

  it('a database that is away makes the process unready, not dead', async () => {
    network.cut();
    const [, { details }] = await eventually(async () => {
      const answered = await probe(app.baseUrl, 'ready');
      return answered[0] === 503 ? answered : null;
    });
    // All that stands in it is away, and nobody is told where it was.
    expect(details['database']).toEqual({ status: 'down', message: 'PostgreSQL does not answer' });
    expect(JSON.stringify(details)).not.toMatch(/ECONN|127\.0\.0\.1/);
    for (const name of ['live', 'startup']) expect((await probe(app.baseUrl, name))[0]).toBe(200);
    await network.mend();
    await readyAgain();
  });

  it('so does one that hangs', async () => {
    network.stall();
    await eventually(async () => (await probe(app.baseUrl, 'ready'))[0] === 503);
    expect((await probe(app.baseUrl, 'live'))[0]).toBe(200);
    network.flow();
    await readyAgain();
  });

  it('migrations of this version that have not run make it unready; those of a newer one do not', async () => {
    const { rows } = await sql.query<{ timestamp: string; name: string }>(
      'DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations) RETURNING timestamp, name',
    );
    expect(await fault('migrations')).toBe('migrations of this version that have not run: 1');
    const insert = 'INSERT INTO migrations (timestamp, name) VALUES ($1, $2)';
    await sql.query(insert, [rows[0]?.timestamp, rows[0]?.name]);
    await sql.query(insert, ['9999999999999', 'OfTheNextRelease9999999999999']);
    await readyAgain();
    await sql.query('DELETE FROM migrations WHERE timestamp = 9999999999999');
  });

  it('stored keys that the ENCRYPTION_KEY of the process does not open make it unready', async () => {
    const id = '01936a00-0000-7000-8000-000000000001';
    const [stranger, key] = [createSecretKey(randomBytes(32)), createSecretKey(randomBytes(32))];
    const wrapped = new KeyRing([stranger]).wrap(id, key);
    await sql.query("INSERT INTO data_keys (id, kind, wrapped_key) VALUES ($1, 'stranger', $2)", [
      id,
      wrapped,
    ]);
    expect(await fault('encryption_key')).toMatch(/encrypted under a key that is not in ENCRYPTION_KEY/);
    await sql.query('DELETE FROM data_keys WHERE id = $1', [id]);
    await readyAgain();
  });

  it('a queue that is gone makes it unready', async () => {
    await sql.query('ALTER SCHEMA pgboss RENAME TO hidden');
    try {
      expect(await fault('queue')).toBe('The queue of runs is not in the database');
    } finally {
      await sql.query('ALTER SCHEMA hidden RENAME TO pgboss');
    }
    await readyAgain();
  });
});

describe('a stop with a drain', () => {
  /** Answers of a process that says that it ends: whether it is ready, a POST to nothing, a run, whether it lives. */
  async function answersWhileDraining(app: RunningApp, rest: RestClient, run: string): Promise<unknown[]> {
    const unready = await eventually(async () => {
      const answered = await probe(app.baseUrl, 'ready');
      return answered[0] === 503 ? answered : null;
    });
    return [
      unready,
      (await rest.post('/mcp-definitions/none')).status,
      (await rest.get(`/workflow-runs/${run}`)).status,
      (await probe(app.baseUrl, 'live'))[0],
    ];
  }

  it('is told by readiness first; requests and streams go on until the drain is over', async () => {
    const { drained, streamed, exit } = await soonEnough(4_000, async (ms) => {
      const env = { SHUTDOWN_DRAIN_SECONDS: String(ms / 1_000) };
      const { app, rest } = await startRest({ env });
      const runs = new RunClient(rest);
      const steps = [{ id: 'ask', uses: { builtin: 'approval' }, inputs: { message: 'Go on?' } }];
      const run = await runs.start(await runs.createWorkflow({ steps }));
      const stream = rest.text(`/workflow-runs/${run}/stream`);

      const begun = performance.now();
      app.signal('SIGTERM');
      const answers = await answersWhileDraining(app, rest, run).catch((error: unknown) => error);
      const isLate = performance.now() - begun >= ms;
      const text = await stream;
      const exited = await app.exited;
      await app.stop();
      return isLate ? null : { drained: answers, streamed: text, exit: exited };
    });
    expect(drained).toEqual([[503, { status: 'shutting_down', details: {} }], 405, 200, 200]);
    // The stream ends in order, and says when to come back.
    expect(streamed).toMatch(/: this server stops, connect again\nretry: \d+\n\n$/);
    expect(exit).toEqual({ code: 0, signal: null });
  });

  it('does not make a worker wait, which nobody sends requests to', async () => {
    const app = await startApp({ env: { ROLE: 'worker', SHUTDOWN_DRAIN_SECONDS: '3600' } });
    expect(await app.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('a stop with steps under way', () => {
  it('takes no new connection, and answers what comes on an open one, as its last', async () => {
    const farSide = await startSlowServer();
    const { app, rest, key } = await startRest({
      env: { EGRESS_ALLOW: 'loopback', SHUTDOWN_GRACE_SECONDS: '300', KEEP_ALIVE_SECONDS: '700' },
    });
    const runs = new RunClient(rest);
    const component = await runs.createComponent({ type: 'http_request', url: `${farSide.url}/0/slow` });
    farSide.holdAfter(0);
    const run = await runs.start(
      await runs.createWorkflow({ steps: [{ id: 'slow', uses: { mcp_definition_id: component } }] }),
    );
    await eventually(() => farSide.calls.length === 1);
    const later = await runs.createWorkflow({ steps: [{ id: 'a', uses: { builtin: 'set' }, inputs: 1 }] });
    const oneConnection = (): Agent => new Agent({ keepAlive: true, maxSockets: 1 });
    const [reader, starter] = [oneConnection(), oneConnection()];
    const ask = async (agent: Agent | false, body?: object): Promise<readonly unknown[]> => {
      const path = `${app.baseUrl}/api/v1/workflow-runs${body === undefined ? `/${run}` : ''}`;
      const headers = { 'x-api-key': key, 'content-type': 'application/json' };
      const asked = request(path, { agent, headers, method: body === undefined ? 'GET' : 'POST' });
      asked.end(body === undefined ? '' : JSON.stringify(body));
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      const { status } = (await json(answer)) as { status: string };
      return [answer.statusCode, status, answer.headers.connection, answer.headers['keep-alive']];
    };
    expect(await ask(reader)).toEqual([200, 'running', 'keep-alive', 'timeout=700']);
    expect(await ask(starter)).toEqual([200, 'running', 'keep-alive', 'timeout=700']);

    app.signal('SIGTERM');
    await eventually(() =>
      ask(false).then(
        () => false,
        (error: unknown) => (error as NodeJS.ErrnoException).code === 'ECONNREFUSED',
      ),
    );
    // The step is under way, so the process is there, and the connections are those that were opened before.
    expect(await ask(reader)).toEqual([200, 'running', 'close', undefined]);
    expect(await ask(starter, { workflow_definition_id: later })).toEqual([
      201,
      'pending',
      'close',
      undefined,
    ]);
    await expect(ask(reader)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    farSide.release();
    expect(await app.exited).toEqual({ code: 0, signal: null });
    for (const agent of [reader, starter]) agent.destroy();
    await app.stop();
    await farSide.close();
  });

  it('waits for a step that ends within the grace: it is not done twice', async () => {
    const farSide = await startSlowServer();
    const databaseUrl = await createDatabase();
    const env = { DATABASE_URL: databaseUrl, EGRESS_ALLOW: 'loopback', SHUTDOWN_GRACE_SECONDS: '300' };
    const { app, rest, key } = await startRest({ env });
    const runs = new RunClient(rest);
    const component = await runs.createComponent({ type: 'http_request', url: `${farSide.url}/3500/slow` });
    const step = (id: string) => ({ id, uses: { mcp_definition_id: component } });
    const workflow = await runs.createWorkflow({
      steps: [step('first'), { ...step('then'), needs: ['first'] }],
    });
    const run = await runs.start(workflow);
    await eventually(() => farSide.calls.length === 1);
    // The step takes longer than the three seconds that it would get without the variable.
    expect(await app.stop()).toEqual({ code: 0, signal: null });
    expect(farSide.calls.map(({ outcome }) => outcome)).toEqual(['answered']);

    const next = await startRest({ env: { ...env, BOOTSTRAP_API_KEY: key } });
    const after = new RunClient(next.rest);
    expect(await after.ended(run)).toMatchObject({ status: 'succeeded' });
    const { items } = await after.steps(run);
    expect(items.map(({ id, attempts }) => [id, attempts.length])).toEqual([
      ['first', 1],
      ['then', 1],
    ]);
    await next.app.stop();
    await farSide.close();
    await dropDatabase(databaseUrl);
  });
});
