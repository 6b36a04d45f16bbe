import { eventually } from '../support/eventually';
import { HAS_REDIS, startRedis, type TestRedis } from '../support/redis-server';
import { RestClient } from '../support/rest-client';
import { type RunningApp, startApp } from '../support/start-app';
import { createDatabase, dropDatabase } from '../support/test-database';

/** Without a Redis server on this machine these are shown as skipped; CI, which installs one, fails then. */
const describeWithRedis = HAS_REDIS || process.env['CI'] !== undefined ? describe : describe.skip;

describeWithRedis('a limit that replicas share over Redis', () => {
  let redis: TestRedis;
  let database: string;
  let replicas: RunningApp[];

  beforeEach(async () => {
    [redis, database] = await Promise.all([startRedis(), createDatabase()]);
    const env = {
      DATABASE_URL: database,
      REDIS_URL: redis.url,
      RATE_LIMIT_PER_MINUTE: '6',
      RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '3',
      TRUST_PROXY: '1',
    };
    replicas = [await startApp({ env }), await startApp({ env })];
  });

  afterEach(async () => {
    redis.thaw();
    await Promise.all([...replicas.map((app) => app.stop()), redis.kill()]);
    await dropDatabase(database);
  });

  /** Whose requests are counted: each caller has a limit of its own. */
  let caller = 0;

  async function send(
    replica: number,
    path: string,
    key: string | null = null,
  ): Promise<[number, string | null]> {
    const client = new RestClient(replicas[replica]?.baseUrl ?? '', key);
    const from = { 'x-forwarded-for': `198.51.100.${caller}` };
    const { status, headers } = await client.send('GET', path, undefined, from);
    return [status, headers.get('x-ratelimit-remaining')];
  }

  const ask = (replica: number): Promise<[number, string | null]> => send(replica, '/nope');

  const guess = async (replica: number): Promise<number> =>
    (await send(replica, '/mcp-definitions', 'mcp_guess'))[0];

  const told = (beginning: string, apps = replicas): number =>
    apps.flatMap(({ logs }) => logs).filter(({ msg }) => msg.startsWith(beginning)).length;

  /**
   * What is done while the replicas count together. They do not wait long for Redis: where one found a slow machine's away, it
   * is done once more, by another caller.
   */
  async function together<Value>(work: () => Promise<Value>): Promise<Value> {
    for (;;) {
      caller += 1;
      const before = told('Redis is away');
      const value = await work();
      if (told('Redis is away') === before) return value;
      await eventually(async () => {
        await Promise.all([ask(0), ask(1)]);
        return told('Redis is back') === told('Redis is away');
      });
    }
  }

  it('is used up by requests to either', async () => {
    const answers = await together(async () => {
      const all: [number, string | null][] = [];
      for (let count = 0; count < 8; count += 1) all.push(await ask(count % 2));
      return all;
    });
    expect(answers.map(([, remaining]) => remaining).slice(0, 6)).toEqual(['5', '4', '3', '2', '1', '0']);
    expect(answers.map(([status]) => status).slice(6)).toEqual([429, 429]);
  });

  it('counts failed authentications together, with one guess more for each replica', async () => {
    const statuses = await together(async () => {
      const all: number[] = [];
      for (const replica of [0, 0, 0, 0, 1, 1]) all.push(await guess(replica));
      return all;
    });
    // The other replica hears of it at its first failure.
    expect(statuses).toEqual([401, 401, 401, 429, 401, 429]);
  });

  it.each<['is gone' | 'does not answer']>([['is gone'], ['does not answer']])(
    'is counted by each replica by itself while Redis %s, from where it stood, and together again afterwards',
    async (trouble) => {
      const remaining = await together(async () => [(await ask(0))[1], (await ask(1))[1]]);
      expect(remaining).toEqual(['5', '4']);
      const first = replicas.slice(0, 1);
      const [away, back] = [told('Redis is away', first), told('Redis is back', first)];
      if (trouble === 'is gone') await redis.kill();
      else redis.freeze();
      expect(await ask(1)).toEqual([404, '3']);
      expect(await ask(0)).toEqual([404, '4']);
      expect(await ask(0)).toEqual([404, '3']);
      expect(told('Redis is away', first)).toBe(away + 1);
      if (trouble === 'is gone') await redis.start();
      else redis.thaw();
      // A request that is not counted by itself does not ask Redis: these use the limit up, to see it come back.
      await eventually(async () => {
        await ask(0);
        return told('Redis is back', first) > back;
      });
      expect(told('Redis is away', first)).toBe(away + 1);
    },
  );

  it('lets the program start and serve when Redis was never there', async () => {
    await redis.kill();
    const app = await startApp({
      env: { DATABASE_URL: database, REDIS_URL: redis.url, RATE_LIMIT_PER_MINUTE: '100' },
    });
    try {
      const answer = await new RestClient(app.baseUrl, null).get('/nope');
      expect([answer.status, answer.headers.get('x-ratelimit-remaining')]).toEqual([404, '99']);
    } finally {
      await app.stop();
    }
  });
});
