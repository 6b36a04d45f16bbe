import { join } from 'node:path';

import { eventually } from '../support/eventually';
import { freePort } from '../support/free-port';
import { McpProcess } from '../support/mcp-process';
import { type RunningRest, startRest } from '../support/start-rest';

const MCP_SERVERS = join(__dirname, '../support/mcp');
const NEWER = join(__dirname, '../integration/components/newer-server.mjs');

interface ToolList {
  items: { name: string; drift: string; is_held: boolean; description: string; approved: object | null }[];
  is_stale: boolean;
  error: { code: string; detail: string } | null;
}

interface Created {
  id: string;
}

describe('The tools of an MCP server', () => {
  let running: RunningRest;
  let server: McpProcess;
  let count = 0;

  beforeAll(async () => {
    [running, server] = await Promise.all([
      startRest({ env: { EGRESS_ALLOW: 'loopback', STDIO_PATHS_ALLOW: MCP_SERVERS } }),
      McpProcess.start([NEWER]),
    ]);
  });
  afterAll(async () => {
    await Promise.all([running.app.stop(), server.kill()]);
  });

  async function define(config: object, mcpType = 'mcp_server'): Promise<string> {
    const name = `server ${(count += 1)}`;
    const body = { name, mcp_type: mcpType, config: { type: mcpType, ...config } };
    const answer = await running.rest.post<Created>('/mcp-definitions', body);
    expect(answer.status).toBe(201);
    return answer.body.id;
  }

  const over = (url: string, rest: object = {}) => define({ transport: 'streamable_http', url, ...rest });

  async function list(id: string): Promise<ToolList> {
    const answer = await running.rest.get<ToolList>(`/mcp-definitions/${id}/tools`);
    expect(answer.status).toBe(200);
    return answer.body;
  }

  const find = ({ items }: ToolList, wanted: string) => items.find(({ name }) => name === wanted);

  /** Calls a tool as a workflow's step does. */
  async function call(
    id: string,
    tool: string,
    inputs: object,
  ): Promise<{ status: string; code: string | null }> {
    const invoked = await running.rest.post<{ status: string; error: { code: string } | null }>(
      `/mcp-definitions/${id}/invoke`,
      { tool, inputs, wait_seconds: 120 },
    );
    return { status: invoked.body.status, code: invoked.body.error?.code ?? null };
  }

  it('are approved by the first list; a change is shown, and held until it is accepted where that is wanted', async () => {
    const [held, free] = [await over(server.url(), { hold_drifted_tools: true }), await over(server.url())];
    for (const id of [held, free]) {
      const { items, error, is_stale } = await list(id);
      expect({ error, is_stale }).toEqual({ error: null, is_stale: false });
      expect(new Set(items.map(({ drift }) => drift))).toEqual(new Set(['approved']));
    }

    // Told again each time: who has not subscribed yet hears the next.
    const changed = await eventually(async () => {
      expect(await call(held, 'drift', {})).toEqual({ status: 'succeeded', code: null });
      const echo = find(await list(held), 'echo');
      return echo?.drift !== 'approved' && echo;
    });
    expect(changed).toMatchObject({
      drift: 'changed',
      is_held: true,
      description: 'Sends what it gets to somebody else',
      approved: { description: 'Gives back what it gets' },
    });
    expect(await call(held, 'echo', { message: 'hi' })).toEqual({ status: 'failed', code: 'TOOL_HELD' });
    expect(await call(free, 'echo', { message: 'hi' })).toEqual({ status: 'succeeded', code: null });
    expect(find(await list(free), 'echo')).toMatchObject({ drift: 'changed', is_held: false });

    const accepted = await running.rest.post<ToolList>(`/mcp-definitions/${held}/tools/accept`, {
      tools: ['echo'],
    });
    expect(accepted.status).toBe(200);
    expect(find(accepted.body, 'echo')).toMatchObject({ drift: 'approved', is_held: false, approved: null });
    expect(await call(held, 'echo', { message: 'hi' })).toEqual({ status: 'succeeded', code: null });
  });

  it('refuses to accept a tool that is not there', async () => {
    const id = await over(server.url());
    const answer = await running.rest.post<{ detail: string }>(`/mcp-definitions/${id}/tools/accept`, {
      tools: ['nope'],
    });
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain('nope');
  });

  it('are empty with the reason while the server was never reached', async () => {
    const id = await over(`http://127.0.0.1:${await freePort()}/mcp`);
    expect(await list(id)).toMatchObject({
      items: [],
      is_stale: false,
      error: { code: 'CONNECTION_FAILED' },
    });
    expect((await running.rest.post(`/mcp-definitions/${id}/tools/accept`, {})).status).toBe(502);
  });

  it('are there for an mcp_server only', async () => {
    const id = await define({ url: 'https://example.com/' }, 'http_request');
    expect((await running.rest.get(`/mcp-definitions/${id}/tools`)).status).toBe(422);
    expect((await running.rest.post(`/mcp-definitions/${id}/test`, {})).status).toBe(422);
  });

  describe('and the test of a definition', () => {
    it('says who the server is', async () => {
      const id = await over(server.url());
      expect(await running.rest.post(`/mcp-definitions/${id}/test`, {})).toMatchObject({
        status: 200,
        body: {
          ok: true,
          latency_ms: expect.any(Number) as number,
          facts: { server_name: 'newer', server_version: '1.2.3', protocol_version: '2026-07-28' },
          error: null,
        },
      });
    });

    it('says why the server cannot be used', async () => {
      const id = await over(`http://127.0.0.1:${await freePort()}/mcp`);
      expect(await running.rest.post(`/mcp-definitions/${id}/test`, {})).toMatchObject({
        status: 200,
        body: { ok: false, facts: null, error: { code: 'CONNECTION_FAILED' } },
      });
    });

    it('starts a process for a key with the scope code only', async () => {
      const args = [join(MCP_SERVERS, 'idle-server.mjs')];
      const id = await define({ transport: 'stdio', command: process.execPath, args });
      expect(await running.rest.post(`/mcp-definitions/${id}/test`, {})).toMatchObject({
        body: { ok: true },
      });
      const key = await running.rest.post<{ key: string }>('/api-keys', { name: 'runner', scopes: ['run'] });
      const limited = running.rest.withKey(key.body.key);
      expect((await limited.post(`/mcp-definitions/${id}/test`, {})).status).toBe(403);
    });
  });

  it('of a server that ended are not told with a secret that it wrote before', async () => {
    const secret = await running.rest.post('/secrets', { name: 'CHATTY', value: 'never-to-be-shown-7f3a' });
    expect(secret.status).toBe(201);
    const id = await define({
      transport: 'stdio',
      command: 'sh',
      args: ['-c', 'echo "bad token $TOKEN" >&2; exit 3'],
      env: { TOKEN: '${{ secrets.CHATTY }}' },
    });
    const detail = expect.stringContaining('Its last words: bad token [redacted CHATTY]') as string;
    expect((await list(id)).error).toMatchObject({ code: 'CONNECTION_FAILED', detail });
    const tested = await running.rest.post(`/mcp-definitions/${id}/test`);
    expect(tested.body).toMatchObject({ ok: false, error: { detail } });
  });
});
