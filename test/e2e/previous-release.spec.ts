import { Keepsakes } from '../support/keepsakes';
import { buildPreviousRelease, HAS_PREVIOUS_RELEASE, PREVIOUS_RELEASE } from '../support/previous-release';
import { RestClient } from '../support/rest-client';
import { runCli } from '../support/run-cli';
import { type RunningApp, startApp, TEST_ENCRYPTION_KEY } from '../support/start-app';
import { generateApiKey } from '../../src/api-keys/api-key-format';
import { createDatabase, dropDatabase } from '../support/test-database';

const REPLICAS = 3;

/** What a program of any release shows. */
const READS = [
  '/mcp-definitions',
  '/mcp-types',
  '/workflow-definitions',
  '/workflow-runs',
  '/schedules',
  '/webhooks',
  '/toolsets',
  '/secrets',
  '/api-keys',
  '/external-db-configs',
  '/audit-events',
  '/dashboard/summary',
  '/metrics/summary',
  '/export',
];

if (!HAS_PREVIOUS_RELEASE) {
  process.stderr.write(
    `\n*** NOT TESTED: version ${PREVIOUS_RELEASE.version} on this schema, because commit ${PREVIOUS_RELEASE.commit} is not in this clone ***\n\n`,
  );
}

(HAS_PREVIOUS_RELEASE ? describe : describe.skip)(`version ${PREVIOUS_RELEASE.version}`, () => {
  const key = generateApiKey();
  const running: RunningApp[] = [];
  let main: string;
  let databaseUrl: string;
  let keepsakes: Keepsakes;

  beforeAll(async () => {
    main = buildPreviousRelease();
    databaseUrl = await createDatabase('template0');
    keepsakes = await Keepsakes.start();
  });

  afterAll(async () => {
    await Promise.all(running.map((app) => app.stop()));
    keepsakes.close();
    await dropDatabase(databaseUrl);
  });

  async function start(program?: string): Promise<{ app: RunningApp; rest: RestClient }> {
    const env = { DATABASE_URL: databaseUrl, BOOTSTRAP_API_KEY: key, EGRESS_ALLOW: 'loopback' };
    const app = await startApp({ env, ...(program !== undefined && { program }) });
    running.push(app);
    return { app, rest: new RestClient(app.baseUrl, key) };
  }

  it('goes on while replicas of this version bring the schema up to date, beside them, and alone again', async () => {
    const old = await start(main);
    await keepsakes.store(old.rest);

    const env = { DATABASE_URL: databaseUrl, ENCRYPTION_KEY: TEST_ENCRYPTION_KEY };
    const migrated = await Promise.all(Array.from({ length: REPLICAS }, () => runCli(['migrate'], env)));
    expect(migrated.map(({ code, stderr }) => [code, stderr])).toEqual(migrated.map(() => [0, '']));
    await expectItWorks(old.rest, 'while-it-runs');
    await keepsakes.expectIn(old.rest);

    const next = await start();
    await expectItWorks(next.rest, 'of-this-version');
    await expectItWorks(old.rest, 'beside-this-version');
    await Promise.all([old.app.stop(), next.app.stop()]);

    // A rollout that was taken back.
    const again = await start(main);
    await expectItWorks(again.rest, 'started-again');
    await again.app.stop();
    for (const { logs } of running) expect(logs.filter(({ level }) => level >= 50)).toEqual([]);
  });

  /** Reads everything, and writes one of each kind. */
  async function expectItWorks(rest: RestClient, label: string): Promise<void> {
    for (const path of READS) expect([path, (await rest.get(path)).status]).toEqual([path, 200]);
    await keepsakes.expectRuns(rest);
    const id = async (path: string, body: object): Promise<string> => {
      const answer = await rest.post<{ id: string }>(path, { name: label, ...body });
      expect([path, answer.body]).toEqual([
        path,
        expect.objectContaining({ id: expect.any(String) as string }),
      ]);
      return answer.body.id;
    };
    const config = { type: 'typescript_script', code: 'export default () => 1' };
    const mcp = await id('/mcp-definitions', { mcp_type: config.type, config });
    const changed = await rest.put(`/mcp-definitions/${mcp}`, { config: { ...config, timeout_seconds: 60 } });
    expect(changed.status).toBe(200);
    const workflow = await id('/workflow-definitions', {
      steps: [{ id: 'one', uses: { mcp_definition_id: mcp } }],
      concurrency: { key: '"same"', max: 1 },
    });
    await id('/schedules', { workflow_definition_id: workflow, cron: '0 0 1 1 *' });
    await id('/webhooks', { workflow_definition_id: workflow });
    await id('/toolsets', { members: [{ mcp_definition_id: mcp }] });
    await id('/api-keys', { scopes: ['read'] });
    await id('/external-db-configs', {
      db_type: 'postgresql',
      host: '127.0.0.1',
      port: 1,
      db_name: 'x',
      username: 'x',
      password: 'x',
    });
    expect((await rest.post(`/mcp-definitions/${mcp}/invoke`, { wait_seconds: 120 })).body).toMatchObject({
      status: 'succeeded',
    });
    expect((await rest.post('/auth/session', {})).status).toBeLessThan(300);
  }
});

it('of this version, many that start together on an empty database all come up', async () => {
  const databaseUrl = await createDatabase('template0');
  const env = { DATABASE_URL: databaseUrl };
  const apps = await Promise.all(Array.from({ length: REPLICAS }, () => startApp({ env })));
  const said = apps.flatMap(({ logs }) => logs.filter(({ msg }) => msg.startsWith('Ran migrations')));
  expect(said.map(({ msg }) => msg)).toEqual([expect.stringMatching(/: \d+, the last one \w+$/)]);
  for (const { logs } of apps) expect(logs.filter(({ level }) => level >= 50)).toEqual([]);
  for (const { baseUrl } of apps) expect((await fetch(`${baseUrl}/health`)).status).toBe(200);
  await Promise.all(apps.map((app) => app.stop()));
  await dropDatabase(databaseUrl);
});
