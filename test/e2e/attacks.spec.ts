import { join } from 'node:path';

import { rebind } from '../support/attacks/rebinding';
import { eventually } from '../support/eventually';
import { RunClient } from '../support/run-client';
import { sandboxTests } from '../support/sandbox';
import { type RunningRest, startRest } from '../support/start-rest';

interface TypeList {
  readonly items: readonly {
    readonly type: string;
    readonly available: boolean;
    readonly reason: string | null;
  }[];
}

const PYTHON = { type: 'python_script', code: 'def main(inputs): return 1' };
const CODE = [
  PYTHON,
  { type: 'typescript_script', code: 'export default () => 1', runtime: 'node' },
  { type: 'jupyter_notebook', notebook: { nbformat: 4, cells: [{ cell_type: 'code', source: '1' }] } },
  { type: 'mcp_server', transport: 'stdio', command: 'node' },
];

const MCP_SERVERS = join(__dirname, '../support/mcp');

const SECRET = 'correct-horse-battery-staple';

/** Backtracking engines take longer than the universe for these, on this text. */
const BOMBS = ['(a+)+$', '(a|aa)+$', '(a*)*b', '^(([a-z])+.)+[A-Z]([a-z])+$'];
const FUSE = `${'a'.repeat(60)}!`;

/** What an attacker with a key can try against the running program. */
sandboxTests('attacks over the API', () => {
  let running: RunningRest;
  let runs: RunClient;

  beforeAll(async () => {
    running = await startRest({ env: { STDIO_PATHS_ALLOW: MCP_SERVERS } });
    runs = new RunClient(running.rest);
  });
  afterEach(async () => {
    await eventually(async () => (await fetch(`${running.app.baseUrl}/health`)).status === 200);
  });
  afterAll(() => running.app.stop());

  const create = (config: { type: string }, rest = running.rest) =>
    rest.post<{ id: string }>('/mcp-definitions', {
      name: `attack ${Math.random().toString(36).slice(2)}`,
      mcp_type: config.type,
      config,
    });

  it('readiness and the list of types say that there is a sandbox', async () => {
    const health = (await (await fetch(`${running.app.baseUrl}/health`)).json()) as object;
    expect(health).toMatchObject({ code_sandbox: { available: true, reason: null } });
    const { items } = (await running.rest.get<TypeList>('/mcp-types')).body;
    expect(items.find(({ type }) => type === 'python_script')).toMatchObject({
      available: true,
      reason: null,
    });
  });

  it.each([
    ['LD_PRELOAD', '/tmp/evil.so'],
    ['NODE_OPTIONS', '--require /tmp/evil.js'],
  ])('%s of a stdio server is refused, also in a later version', async (name, value) => {
    const config = { type: 'mcp_server', transport: 'stdio', command: 'node' };
    const evil = { ...config, env: { [name]: value } };
    const refusal = { status: 400, body: { errors: [{ path: `config.env.${name}` }] } };
    expect(await create(evil)).toMatchObject(refusal);
    const { id } = (await create(config)).body;
    expect(await running.rest.put(`/mcp-definitions/${id}`, { config: evil })).toMatchObject(refusal);
    expect(await running.rest.post(`/mcp-definitions/${id}/versions`, { config: evil })).toMatchObject(
      refusal,
    );
  });

  it.each(CODE)(
    'a key without the scope code cannot create, change or add a version of %j',
    async (config) => {
      const scopes = ['read', 'write', 'run'];
      const made = await running.rest.post<{ key: string }>('/api-keys', { name: 'no code', scopes });
      const limited = running.rest.withKey(made.body.key);
      const { id } = (await create(config)).body;
      const other = { ...config, timeout_seconds: 7 };
      const answers = [
        await create(config, limited),
        await limited.put(`/mcp-definitions/${id}`, { config: other }),
        await limited.post(`/mcp-definitions/${id}/versions`, { config: other }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    },
  );

  it('code in a run reaches neither this API nor PostgreSQL, and sees no secret of the service', async () => {
    const port = Number(new URL(running.app.baseUrl).port);
    const database = Number(new URL(process.env['TEST_DATABASE_URL'] ?? 'postgresql://x').port || 5432);
    const code = `
import glob, os, socket
def main(inputs):
    reached = []
    for port in inputs["ports"]:
        for host in ("127.0.0.1", "::1", "localhost"):
            try:
                socket.create_connection((host, port), 1)
                reached.append([host, port])
            except OSError:
                pass
    seen = ""
    for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline"):
        try:
            seen += open(path, errors="replace").read()
        except OSError:
            pass
    return {"reached": reached, "seen": seen + str(dict(os.environ))}
`;
    const component = await runs.createComponent({ type: 'python_script', code });
    const workflow = await runs.createWorkflow({
      steps: [{ id: 'look', uses: { mcp_definition_id: component }, inputs: { ports: [port, database] } }],
      result: '${{ steps.look.output }}',
    });
    const run = await runs.ended(await runs.start(workflow));
    const { reached, seen } = run.result as { reached: unknown[]; seen: string };
    expect(reached).toEqual([]);
    expect(seen).not.toMatch(/ENCRYPTION_KEY|DATABASE_URL|BOOTSTRAP_API_KEY|mcp_[0-9A-Za-z]{32}/);
    expect(seen).not.toContain(running.key);
  });

  it('a secret that is printed one character at a time is not to be read in the log', async () => {
    await running.rest.post('/secrets', { name: 'SPELLED', value: SECRET });
    const component = await runs.createComponent({
      type: 'mcp_server',
      transport: 'stdio',
      command: 'node',
      args: [join(MCP_SERVERS, 'spelling-server.mjs')],
      env: { TOKEN: '${{ secrets.SPELLED }}' },
    });
    const run = await runs.start(
      await runs.createWorkflow({
        steps: [{ id: 'tell', uses: { mcp_definition_id: component, tool: 'spell' } }],
      }),
    );
    expect(await runs.ended(run)).toMatchObject({ status: 'succeeded' });
    const stream = await running.rest.text(`/workflow-runs/${run}/stream`);
    const said = [...stream.matchAll(/^data: (.*)$/gm)]
      .map(([, data = '']) => (JSON.parse(data) as { message?: string }).message ?? '')
      .join('');
    expect(said).toContain('begin [redacted SPELLED] end');
    expect(said.split('[redacted SPELLED]')).toHaveLength(4);
    // Of the whole, and of any half of it.
    for (const part of [SECRET, SECRET.slice(0, 8), SECRET.slice(8, 16), SECRET.slice(-8)]) {
      expect(said).not.toContain(part);
      expect(stream).not.toContain(part);
    }
  });

  it.each(BOMBS)('the pattern %s in an expression and in a template costs a run nothing', async (pattern) => {
    const found = 'params.text.matches(params.pattern)';
    const workflow = await runs.createWorkflow({
      steps: [
        { id: 'expression', uses: { builtin: 'set' }, when: `${found} || true`, inputs: 1 },
        { id: 'template', uses: { builtin: 'set' }, inputs: { found: `found: \${{ ${found} }}` } },
      ],
      result: `\${{ steps.template.output }}`,
    });
    const run = await runs.ended(await runs.start(workflow, { text: FUSE, pattern }));
    expect(run).toMatchObject({
      status: 'succeeded',
      result: { found: expect.stringMatching(/^found: /) as string },
    });
  });

  it('a name whose address changes from one that is allowed to the loopback is judged by each answer', async () => {
    const { outcomes, asked, visits } = await rebind();
    expect(outcomes).toEqual({
      honest: ['harmless', 'harmless'],
      rebound: ['harmless', 'EGRESS_DENIED'],
      redirected: ['EGRESS_DENIED'],
    });
    // One question a connection: what was judged is what is connected to.
    expect(asked).toEqual({ 'honest.test': 2, 'rebound.test': 2, 'redirected.test': 2 });
    expect(visits).toBe(0);
  });
});
