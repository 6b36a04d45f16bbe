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
    };
    replicas = [await startApp({ env }), await startApp({ env })];
  });

  afterEach(async () => {
    redis.thaw();
    await Promise.all([...replicas.map((app) => app.stop()), redis.kill()]);
    await dropDatabase(database);
  });

  const ask = async (replica: number, key: string | null = null): Promise<[number, string | null]> => {
    const { status, headers } = await new RestClient(replicas[replica]?.baseUrl ?? '', key).get('/nope');
    return [status, headers.get('x-ratelimit-remaining')];
  };

  const guess = async (replica: number): Promise<number> => {
    const client = new RestClient(replicas[replica]?.baseUrl ?? '', 'mcp_guess');
    return (await client.get('/mcp-definitions')).status;
  };

  it('is used up by requests to either', async () => {
    const remaining: (string | null)[] = [];
    for (let count = 0; count < 6; count += 1) remaining.push((await ask(count % 2))[1]);
    expect(remaining).toEqual(['5', '4', '3', '2', '1', '0']);
    expect([(await ask(0))[0], (await ask(1))[0]]).toEqual([429, 429]);
  });

  it('counts failed authentications together, with one guess more for each replica', async () => {
    expect([await guess(0), await guess(0), await guess(0), await guess(0)]).toEqual([401, 401, 401, 429]);
    // The other replica hears of it at its first failure.
    expect(await guess(1)).toBe(401);
    expect(await guess(1)).toBe(429);
  });

  it.each<['is gone' | 'does not answer']>([['is gone'], ['does not answer']])(
    'is counted by each replica by itself while Redis %s, from where it stood, and together again afterwards',
    async (trouble) => {
      const [app] = replicas;
      expect((await ask(0))[1]).toBe('5');
      expect((await ask(1))[1]).toBe('4');
      if (trouble === 'is gone') await redis.kill();
      else redis.freeze();
      expect(await ask(1)).toEqual([404, '3']);
      expect(await ask(0)).toEqual([404, '4']);
      expect(await ask(0)).toEqual([404, '3']);
      const warnings = (): number =>
        app?.logs.filter(({ msg }) => msg.startsWith('Redis is away')).length ?? 0;
      expect(warnings()).toBe(1);
      if (trouble === 'is gone') await redis.start();
      else redis.thaw();
      // A request that is not counted by itself does not ask Redis: these use the limit up, to see it come back.
      await eventually(async () => {
        await ask(0);
        return app?.logs.some(({ msg }) => msg.startsWith('Redis is back'));
      });
      expect(warnings()).toBe(1);
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
