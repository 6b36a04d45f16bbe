import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

import { generateApiKey } from '../../src/api-keys/api-key-format';
import { eventually } from '../support/eventually';
import { LoadBalancer } from '../support/load-balancer';
import { HAS_REDIS, startRedis, type TestRedis } from '../support/redis-server';
import { RestClient } from '../support/rest-client';
import { RunClient } from '../support/run-client';
import { RunFollower } from '../support/sse-client';
import { type RunningApp, startApp } from '../support/start-app';
import { createDatabase, dropDatabase } from '../support/test-database';

/** Without a Redis server on this machine this is shown as skipped; CI, which installs one, fails then. */
const describeWithRedis = HAS_REDIS || process.env['CI'] !== undefined ? describe : describe.skip;

/** Clients that start runs and look at things, without a pause. */
const CLIENTS = 4;

/** A client that has its answer waits for this long: the machine has other things to do than to be flooded. */
const PAUSE_MS = 100;

/** Runs that last longer than the whole restart, each with a subscriber whose line is bad. */
const LONG_RUNS = 3;

describeWithRedis('four replicas on one PostgreSQL, replaced in turn under load', () => {
  let redis: TestRedis;
  let database: string;
  let balancer: LoadBalancer;
  let apis: RunningApp[];
  let workers: RunningApp[];
  let client: RunClient;
  const key = generateApiKey();

  beforeAll(async () => {
    [redis, database, balancer] = await Promise.all([startRedis(), createDatabase(), LoadBalancer.start()]);
    apis = [await start('api'), await start('api')];
    workers = await Promise.all([start('worker'), start('worker')]);
    for (const api of apis) await balancer.add(api);
    client = new RunClient(new RestClient(balancer.url, key));
  });

  afterAll(async () => {
    await balancer.close();
    await Promise.all([...apis, ...workers].map((app) => app.stop()));
    await redis.kill();
    await dropDatabase(database);
  });

  function start(role: 'api' | 'worker'): Promise<RunningApp> {
    return startApp({
      env: {
        DATABASE_URL: database,
        ROLE: role,
        BOOTSTRAP_API_KEY: key,
        REDIS_URL: redis.url,
        // Every connection in use is used within it, and hears that it ends.
        SHUTDOWN_DRAIN_SECONDS: '8',
        RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '3',
        TRUST_PROXY: '1',
      },
    });
  }

  /** Starts the next of its kind beside it, and then asks it to stop, as a rolling update does. */
  async function replace(old: RunningApp, role: 'api' | 'worker'): Promise<RunningApp> {
    const next = await start(role);
    if (role === 'api') await balancer.add(next);
    const exit = await old.stop();
    balancer.remove(old);
    expect(exit).toEqual({ code: 0, signal: null });
    return next;
  }

  it('fails no request, loses no run, and breaks no stream', async () => {
    const shortId = await client.createWorkflow({
      steps: [
        { id: 'a', uses: { builtin: 'set' }, inputs: 1 },
        { id: 'b', uses: { builtin: 'wait' }, needs: ['a'], inputs: { seconds: 0.2 } },
        { id: 'c', uses: { builtin: 'set' }, needs: ['b'], inputs: 2 },
      ],
    });
    const ids = Array.from({ length: 60 }, (_, index) => `s${index}`);
    const longId = await client.createWorkflow({
      steps: ids.map((id, index) => ({
        id,
        uses: { builtin: 'wait' },
        inputs: { seconds: 0.5 },
        needs: ids.slice(Math.max(index - 1, 0), index),
      })),
    });
    const longRuns = await Promise.all(Array.from({ length: LONG_RUNS }, () => client.start(longId)));
    const followers = longRuns.map((runId) => new RunFollower(() => balancer.url, key, runId));

    const acknowledged: string[] = [];
    const failures: string[] = [];
    let isOver = false;
    const load = Array.from({ length: CLIENTS }, async () => {
      while (!isOver) {
        try {
          const started = await client.startAnswer({ workflow_definition_id: shortId });
          if (started.status === 201) acknowledged.push(started.body.id);
          else failures.push(`POST ${started.status} ${JSON.stringify(started.body)}`);
          const list = await client.rest.get('/workflow-runs?limit=5');
          if (list.status !== 200) failures.push(`GET ${list.status} ${JSON.stringify(list.body)}`);
        } catch (error) {
          // Not an instance of the test's Error: fetch is the real program's.
          failures.push(inspect(error));
        }
        await sleep(PAUSE_MS);
      }
    });

    for (const place of [0, 1]) {
      apis[place] = await replace(apis[place] as RunningApp, 'api');
      workers[place] = await replace(workers[place] as RunningApp, 'worker');
    }
    isOver = true;
    await Promise.all(load);

    expect(failures).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(CLIENTS);
    const ended = await Promise.all([...acknowledged, ...longRuns].map((runId) => client.ended(runId)));
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    for (const follower of followers) {
      await follower.finished;
      expect(follower.events.map(({ seq }) => seq)).toEqual(follower.events.map((_, index) => index + 1));
      expect(follower.events.at(-1)?.data).toMatchObject({ status: 'succeeded', terminal: true });
    }
    process.stdout.write(`rolling restart: ${acknowledged.length} runs acknowledged, no request failed\n`);
  });

  it('refuses a key that was deleted at one replica at all of them', async () => {
    const { id, key: doomed } = (
      await client.rest.post<{ id: string; key: string }>('/api-keys', { name: 'doomed' })
    ).body;
    const statuses = (): Promise<number[]> =>
      Promise.all(
        apis.map(async ({ baseUrl }) => (await new RestClient(baseUrl, doomed).get('/workflow-runs')).status),
      );
    expect(await statuses()).toEqual([200, 200]);
    await new RestClient(apis[0]?.baseUrl ?? '', key).delete(`/api-keys/${id}`);
    // So many failures may be refused as such.
    await eventually(async () => (await statuses()).every((status) => status === 401 || status === 429));
  });

  it('counts failed authentications over all replicas', async () => {
    const timesAway = (): number =>
      apis.flatMap(({ logs }) => logs).filter(({ msg }) => msg.startsWith('Redis is away')).length;
    let caller = 0;
    const guess = async (place: number): Promise<number> => {
      const client = new RestClient(apis[place]?.baseUrl ?? '', 'mcp_guess');
      const from = { 'x-forwarded-for': `198.51.100.${caller}` };
      return (await client.send('GET', '/workflow-runs', undefined, from)).status;
    };
    const statuses = await eventually(async () => {
      caller += 1;
      const before = timesAway();
      // Each replica lets one more through before it hears of the others'.
      const seen: number[] = [];
      for (let count = 0; count < 6; count += 1) seen.push(await guess(count % 2));
      // One that found the Redis of a slow machine away counts by itself for a while.
      return timesAway() === before && seen;
    });
    expect(statuses.slice(-2)).toEqual([429, 429]);
  });
});
