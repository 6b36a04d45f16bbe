import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from '@modelcontextprotocol/client';
import { Agent, fetch as fetchBy } from 'undici';

import { eventually } from '../support/eventually';
import { descendants, openSockets } from '../support/holdings';
import { connect, ERAS, untilListed } from '../support/mcp/clients';
import { type McpUpstream, startUpstream } from '../support/mcp/upstream';
import type { RestClient } from '../support/rest-client';
import { type RunningRest, startRest } from '../support/start-rest';

const CLIENTS = 1_000;
/** What pools of the program and of this test's own client may keep open between two requests. */
const KEPT_SOCKETS = 20;
const SECRET = 'correct horse battery staple';
/** Over what an answer of a server may have. */
const GIANT_CHARS = 20 * 1024 * 1024;
const FLOOD = 5_000;
/** Notifications that a call may send at once, and again each second. */
const BURST = 100;

/** What became of calls of `hang` at the server. */
const hanging = { begun: 0, ended: 0 };

function startTroubled(port = 0): Promise<McpUpstream> {
  return startUpstream((server) => {
    server.registerCapabilities({ tools: {} });
    server.setRequestHandler('tools/list', () => ({
      tools: ['say', 'hang', 'giant', 'flood', 'lie', 'tell'].map((name) => ({
        name,
        inputSchema: { type: 'object' },
        ...(name === 'lie' && { outputSchema: { type: 'object', required: ['truth'] } }),
      })),
    }));
    server.setRequestHandler('tools/call', async ({ params: { name } }, { mcpReq, http }) => {
      const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
      switch (name) {
        case 'hang':
          hanging.begun += 1;
          await sleep(600_000, undefined, { signal: mcpReq.signal, ref: false }).catch(() => undefined);
          hanging.ended += 1;
          return text('never');
        case 'giant':
          return text('x'.repeat(GIANT_CHARS));
        case 'flood':
          for (let progress = 1; progress <= FLOOD; progress += 1) {
            const params = { progressToken: mcpReq._meta?.progressToken ?? 0, progress, total: FLOOD };
            await mcpReq.notify({ method: 'notifications/progress', params });
          }
          return text('done');
        case 'tell':
          return text(`I was given ${http?.req?.headers.get('x-secret') ?? 'nothing'}`);
        case 'lie':
          return { ...text('{}'), structuredContent: { lie: true } };
        default:
          return text('said');
      }
    });
  }, port);
}

describe('the MCP endpoint in trouble', () => {
  let running: RunningRest;
  let rest: RestClient;
  let upstream: McpUpstream;

  beforeAll(async () => {
    upstream = await startTroubled();
    running = await startRest({ env: { EGRESS_ALLOW: 'loopback' } });
    ({ rest } = running);
    await rest.post('/secrets', { name: 'FAR_SECRET', value: SECRET });
    const config = {
      type: 'mcp_server',
      transport: 'streamable_http',
      url: upstream.url,
      headers: { 'x-secret': '${{ secrets.FAR_SECRET }}' },
    };
    await rest.post('/mcp-definitions', { name: 'far', mcp_type: 'mcp_server', config });
    await rest.post('/workflow-definitions', {
      name: 'patient',
      expose_as_tool: true,
      steps: [{ id: 'pause', uses: { builtin: 'wait' }, inputs: { seconds: 600 } }],
    });
    const client = await open();
    await untilListed(client, 'far__say');
    await client.close();
  });

  afterAll(async () => {
    await running.app.stop();
    await upstream.close();
  });

  const headers = () => ({ authorization: `Bearer ${running.key}` });
  const open = (era: (typeof ERAS)[number] = '2026-07-28'): Promise<Client> =>
    connect(`${running.app.baseUrl}/mcp`, { era, headers: headers() });

  async function openRequests(): Promise<number> {
    const answer = await fetch(`${running.app.baseUrl}/api/v1/metrics`, {
      headers: { 'x-api-key': running.key },
    });
    return Number(/^mcp_open_requests (\d+)/m.exec(await answer.text())?.[1]);
  }

  it('forgets clients that leave without a word, listening or in the middle of a call', async () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const clients = Array.from({ length: CLIENTS }, () => new AbortController());
    const connections = new Agent();
    const send = (signal: AbortSignal, method: string, params: object) =>
      fetchBy(`${running.app.baseUrl}/mcp`, {
        method: 'POST',
        signal,
        dispatcher: connections,
        headers: {
          ...headers(),
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          'mcp-name': 'far__hang',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
      });
    const sockets = openSockets(running.app.pid);
    const processes = descendants(running.app.pid).length;
    const { begun, ended } = hanging;

    // Those of each era by its own way to hear of changes.
    const listening = clients.slice(0, CLIENTS / 2).map(({ signal }, index) =>
      index % 2 === 0
        ? send(signal, 'subscriptions/listen', { notifications: { toolsListChanged: true } })
        : fetchBy(`${running.app.baseUrl}/mcp`, {
            signal,
            dispatcher: connections,
            headers: { ...headers(), accept: 'text/event-stream', 'mcp-protocol-version': '2025-11-25' },
          }),
    );
    for (const answer of await Promise.all(listening)) expect(answer.status).toBe(200);
    const calling = clients
      .slice(CLIENTS / 2)
      .map(({ signal }) =>
        send(signal, 'tools/call', { name: 'far__hang', arguments: {} }).catch(() => 'left'),
      );
    await eventually(() => hanging.begun === begun + CLIENTS / 2);
    expect(await openRequests()).toBe(CLIENTS);

    for (const client of clients) client.abort();
    await Promise.all(calling);
    // It opens others in the place of those that were left, which the program would close after a minute.
    await connections.destroy();
    await eventually(async () => (await openRequests()) === 0);
    await eventually(() => hanging.ended === ended + CLIENTS / 2);
    // Some of its pools keep: of the database, and the one connection to the server, for what comes next.
    await eventually(() => openSockets(running.app.pid) <= sockets + KEPT_SOCKETS);
    expect(descendants(running.app.pid)).toHaveLength(processes);
    expect(running.app.output).not.toContain('MaxListenersExceededWarning');
  });

  it.each(ERAS)('ends the call at its server when a client of %s goes away', async (era) => {
    const { begun, ended } = hanging;
    const client = await open(era);
    const call = client.callTool({ name: 'far__hang', arguments: {} });
    await eventually(() => hanging.begun === begun + 1);
    await client.close();
    await expect(call).rejects.toThrow();
    await eventually(() => hanging.ended === ended + 1);
  });

  it('cancels the run that a client has started and left', async () => {
    const client = await open();
    const cancelled = new AbortController();
    const call = client.callTool({ name: 'patient', arguments: {} }, { signal: cancelled.signal });
    const runs = async (status: string): Promise<number> =>
      (await rest.get<{ total: number }>(`/workflow-runs?status=${status}`)).body.total;
    await eventually(async () => (await runs('waiting')) === 1);
    cancelled.abort();
    await expect(call).rejects.toThrow();
    await eventually(async () => (await runs('cancelled')) === 1);
    await client.close();
  });

  it.each([
    ['giant', /OUTPUT_TOO_LARGE/],
    ['lie', /PROTOCOL_ERROR.*output schema.*truth/],
  ])('tells as a result what is wrong with the answer of the tool %s', async (name, message) => {
    const client = await open();
    const { isError, content } = await client.callTool({ name: `far__${name}`, arguments: {} });
    expect([isError, JSON.stringify(content)]).toEqual([true, expect.stringMatching(message) as string]);
    await client.close();
  });

  it('takes out of an answer the secrets that its server was given', async () => {
    const client = await open();
    const { content } = await client.callTool({ name: 'far__tell', arguments: {} });
    expect(content).toEqual([{ type: 'text', text: 'I was given [redacted FAR_SECRET]' }]);
    await client.close();
  });

  it('passes a flood of notifications on in part, and the result whole', async () => {
    const client = await open();
    let told = 0;
    const begun = performance.now();
    const { content } = await client.callTool(
      { name: 'far__flood', arguments: {} },
      { onprogress: () => (told += 1) },
    );
    expect(content).toMatchObject([{ text: 'done' }]);
    expect(told).toBeGreaterThan(0);
    const seconds = (performance.now() - begun) / 1_000;
    expect(told).toBeLessThanOrEqual(BURST * (1 + seconds));
    await client.close();
  });

  it('keeps the tools of a server that is down, says so when they are called, and finds it again', async () => {
    const client = await open();
    const names = async (): Promise<string[]> => (await client.listTools()).tools.map(({ name }) => name);
    const say = () => client.callTool({ name: 'far__say', arguments: {} });
    expect((await say()).content).toMatchObject([{ text: 'said' }]);
    const { port } = upstream;
    await upstream.close();
    expect(await names()).toEqual(expect.arrayContaining(['far__say', 'patient']));
    const refused = await say();
    expect([refused.isError, JSON.stringify(refused.content)]).toEqual([
      true,
      expect.stringContaining('CONNECTION_FAILED') as string,
    ]);
    upstream = await startTroubled(port);
    await eventually(async () => (await say()).isError !== true);
    await client.close();
  });
});
