import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from '../support/eventually';
import { runCli, startCli } from '../support/run-cli';
import { type RunningRest, startRest } from '../support/start-rest';

let running: RunningRest;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-service-spec-'));
  running = await startRest();
  env = { MCP_BACKEND_URL: running.app.baseUrl, MCP_BACKEND_API_KEY: running.key };
  for (const workflow of [
    {
      name: 'adds',
      parameters_schema: {
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'number' }, text: { type: 'string' } },
      },
      steps: [{ id: 'double', uses: { builtin: 'set' }, inputs: { n: '${{ params.a * 2 }}' } }],
      result: { n: '${{ steps.double.output.n }}', text: '${{ params.?text.orValue("none") }}' },
    },
    { name: 'fails', steps: [{ id: 'no', uses: { builtin: 'fail' }, inputs: { message: 'not today' } }] },
    { name: 'waits', steps: [{ id: 'long', uses: { builtin: 'wait' }, inputs: { seconds: 600 } }] },
    {
      name: 'late',
      timeout_seconds: 1,
      steps: [{ id: 'long', uses: { builtin: 'wait' }, inputs: { seconds: 600 } }],
    },
  ]) {
    expect((await running.rest.post('/workflow-definitions', workflow)).status).toBe(201);
  }
});

afterAll(async () => {
  await running.app.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('mcp-backend run', () => {
  it('starts a run and gives its id', async () => {
    const { code, stdout, stderr } = await runCli(['run', 'adds', '-p', 'a=1', '--label', 'by=cli'], env);
    expect([code, stderr]).toEqual([0, '']);
    const run = await running.rest.get(`/workflow-runs/${stdout.trim()}`);
    expect(run.body).toMatchObject({ parameters: { a: 1 }, labels: { by: 'cli' } });
  });

  it('shows each step while it runs, and gives the result alone on the output', async () => {
    const watched = await runCli(['run', 'adds', '--param', 'a=21', '--param', 'text=007', '--watch'], env);
    expect([watched.code, JSON.parse(watched.stdout)]).toEqual([0, { n: 42, text: '007' }]);
    const lines = watched.stderr.trim().split('\n');
    expect(lines[0]).toMatch(/^Run [0-9a-f-]{36}$/);
    expect(lines).toContainEqual(expect.stringMatching(/^✔ double +succeeded +\d+ ms$/));
    expect(lines.at(-1)).toBe('The run succeeded.');
    // No terminal: no colours, no status line.
    expect(watched.stderr).not.toContain('\u001b');
  });

  it.each([
    ['fails', 1, 'The run failed at step "no": STEP_FAILED: not today'],
    ['late', 124, 'The run was out of its time'],
  ])('ends with the outcome of "%s"', async (workflow, code, text) => {
    const watched = await runCli(['run', workflow, '--watch', '--json'], env);
    expect([watched.code, watched.stderr]).toEqual([code, expect.stringContaining(text)]);
    expect(JSON.parse(watched.stdout)).toMatchObject({ status: code === 1 ? 'failed' : 'timed_out' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('cancels the run at %s, and shows its end', async (signal) => {
    const watching = startCli(['run', 'waits', '--watch'], env);
    const id = await eventually(() => /Run (\S+)/.exec(watching.output.stderr)?.[1]);
    await eventually(() => watching.output.stderr.includes('… long'));
    watching.child.kill(signal);
    const { code, stdout, stderr } = await watching.ended;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toContain('Cancelling the run');
    expect(stderr).toMatch(/The run was cancelled.*\n$/);
    expect((await running.rest.get(`/workflow-runs/${id}`)).body).toMatchObject({ status: 'cancelled' });
  });

  it.each([
    [['run', 'add'], 65, 'There is no workflow "add"; did you mean "adds"?\n'],
    [['run', 'nothing-like-it'], 65, 'There is no workflow "nothing-like-it"\n'],
    [['run', '018f9d2c-7f3a-7c11-9a55-0123456789ab'], 65, 'Resource not found\n'],
    [['run', 'adds', '-p', 'a=x'], 65, /^parameters\.a: must be .*number/],
    [['run', 'adds', '-p', 'a'], 64, /It must be of the form name=value\./],
    [
      ['run', 'adds', '--url', 'http://127.0.0.1:1'],
      69,
      /^The service at http:\/\/127\.0\.0\.1:1 cannot be reached \(bad port\): is it running\?/,
    ],
    [['run', 'adds', '--url', 'nowhere'], 78, /MCP_BACKEND_URL must be a URL/],
    [
      ['export', '--api-key', 'mcp_wrong'],
      77,
      /is it a key of this service\? \(MCP_BACKEND_API_KEY or --api-key\)\n$/,
    ],
  ])('says for %j why not, with code %d', async (args, code, text) => {
    expect(await runCli(args, env)).toEqual({
      code,
      stdout: '',
      stderr: typeof text === 'string' ? text : (expect.stringMatching(text) as string),
    });
  });
});

it('says that nobody listens', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await eventually(() => closed.listening);
  const { port } = closed.address() as AddressInfo;
  closed.close();
  const { code, stderr } = await runCli(['export', '--url', `http://127.0.0.1:${port}`], env);
  expect([code, stderr]).toEqual([69, expect.stringContaining('cannot be reached (ECONNREFUSED)')]);
});

describe('mcp-backend export and import', () => {
  it('write and read the configuration; a second import changes nothing', async () => {
    const file = join(folder, 'configuration.json');
    expect(await runCli(['export', '-o', file], env)).toEqual({ code: 0, stdout: '', stderr: '' });
    const document = JSON.parse(readFileSync(file, 'utf8')) as { workflow_definitions: unknown[] };
    expect(document.workflow_definitions).toHaveLength(4);
    const piped = await runCli(['export'], env);
    expect(piped.stdout).toBe(readFileSync(file, 'utf8'));

    const other = await startRest();
    const otherEnv = { MCP_BACKEND_URL: other.app.baseUrl, MCP_BACKEND_API_KEY: other.key };
    const planned = await runCli(['import', file, '--dry-run'], otherEnv);
    expect(planned.code).toBe(0);
    expect(planned.stdout).toMatch(/^create +workflow_definitions +adds$/m);
    expect(planned.stdout).toContain('Nothing was changed: this was a dry run.');
    expect((await runCli(['export'], otherEnv)).stdout).not.toBe(piped.stdout);

    expect((await runCli(['import', file], otherEnv)).code).toBe(0);
    expect((await runCli(['export'], otherEnv)).stdout).toBe(piped.stdout);
    expect((await runCli(['import', file], otherEnv)).stdout).toBe('4 unchanged\n');
    await other.app.stop();
  });

  it('plans an mcp.json, and tells conflicts by the exit code', async () => {
    const file = join(folder, 'mcp.json');
    const server = { command: 'true', env: { TOKEN: '${NOT_HERE}' } };
    writeFileSync(file, JSON.stringify({ mcpServers: { github: server } }));
    const planned = await runCli(['import', file, '--dry-run'], env);
    expect(planned.code).toBe(1);
    expect(planned.stdout).toMatch(/^conflict +mcp_definitions +github\n +mcpServers\.github.*NOT_HERE/m);
    expect((await runCli(['import', file], env)).code).toBe(65);
  });

  it.each([
    ['missing.json', /missing\.json cannot be read \(ENOENT\)\n$/],
    ['broken.json', /broken\.json holds no JSON object/],
  ])('says what is wrong with %s', async (name, text) => {
    writeFileSync(join(folder, 'broken.json'), '{');
    const { code, stderr } = await runCli(['import', join(folder, name)], env);
    expect([code, stderr]).toEqual([1, expect.stringMatching(text)]);
  });
});
