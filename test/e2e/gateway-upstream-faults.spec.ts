import { join } from 'node:path';

import type { Client } from '@modelcontextprotocol/client';

import { eventually, PATIENCE_MS } from '../support/eventually';
import { peakMemoryMb } from '../support/holdings';
import { McpProcess } from '../support/mcp-process';
import { connect, ERAS, untilListed } from '../support/mcp/clients';
import { type Fault, FAULTS, type FaultyServer, startFaultyServer } from '../support/mcp/faulty-server';
import { type McpUpstream, startUpstream } from '../support/mcp/upstream';
import { type RunningRest, startRest } from '../support/start-rest';

const NEWER = join(__dirname, '../integration/components/newer-server.mjs');
const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');

/** What the program may need beside what it has: far less than an endless answer would. */
const SPARE_MB = 128;

describe('servers behind the MCP endpoint that', () => {
  let running: RunningRest;

  beforeAll(async () => {
    running = await startRest({ env: { EGRESS_ALLOW: 'loopback' } });
  });
  afterAll(() => running.app.stop());

  async function define(name: string, url: string, more: object = {}): Promise<void> {
    const config = { type: 'mcp_server', transport: 'streamable_http', url, ...more };
    const answer = await running.rest.post('/mcp-definitions', { name, mcp_type: 'mcp_server', config });
    expect(answer.status).toBe(201);
  }

  const open = (era: (typeof ERAS)[number] = '2026-07-28'): Promise<Client> =>
    connect(`${running.app.baseUrl}/mcp`, { era, headers: { authorization: `Bearer ${running.key}` } });

  const hasTool = async (client: Client, tool: string): Promise<boolean> =>
    (await client.listTools(undefined, { cacheMode: 'refresh' })).tools.some(({ name }) => name === tool);

  describe('are killed and started again', () => {
    it.each([
      ['newer', [NEWER], (message: string) => message],
      ['everything', [EVERYTHING, 'streamableHttp'], (message: string) => `Echo: ${message}`],
    ])('fail no call that only reads (%s)', async (name, args, echo) => {
      const server = await McpProcess.start(args);
      await define(name, server.url());
      const clients = await Promise.all([...ERAS, ...ERAS].map((era) => open(era)));
      await untilListed(clients[0] as Client, `${name}__echo`);
      const failures: unknown[] = [];
      let [isOver, calls] = [false, 0];
      const callers = clients.flatMap((client) =>
        [1, 2].map(async (caller) => {
          while (!isOver) {
            const message = `${caller}: ${calls}`;
            const called = client.callTool({ name: `${name}__echo`, arguments: { message } });
            const { content } = await called.catch((error: unknown) => ({ content: String(error) }));
            if (JSON.stringify(content).includes(JSON.stringify(echo(message)))) calls += 1;
            else failures.push(content);
          }
        }),
      );
      try {
        for (let restart = 0; restart < 5; restart += 1) {
          const before = calls;
          await eventually(() => calls > before + 50);
          await server.kill();
          await server.start();
        }
        const before = calls;
        await eventually(() => calls > before + 50);
      } finally {
        isOver = true;
        await Promise.all(callers);
        await Promise.all(clients.map((client) => client.close()));
        await server.kill();
      }
      expect(failures).toEqual([]);
    });
  });

  describe('change their list of tools under way', () => {
    let upstream: McpUpstream;
    let round = 0;

    beforeAll(async () => {
      upstream = await startUpstream((server) => {
        server.registerCapabilities({ tools: { listChanged: true } });
        const tool = (name: string) => ({
          name,
          description: `in round ${round}`,
          inputSchema: { type: 'object' as const },
        });
        server.setRequestHandler('tools/list', () => ({ tools: [tool('stays'), tool(`only_${round}`)] }));
        server.setRequestHandler('tools/call', ({ params: { name } }) => ({
          content: [{ type: 'text', text: name }],
        }));
      });
      await define('moving', upstream.url);
    });
    afterAll(() => upstream.close());

    it('fail no call of a tool that stays; clients hear of it, see the new list, and are told what is gone', async () => {
      const client = await open();
      await untilListed(client, 'moving__only_0');
      let heard = 0;
      client.setNotificationHandler('notifications/tools/list_changed', () => {
        heard += 1;
      });
      const subscription = await client.listen({ toolsListChanged: true });
      const failures: unknown[] = [];
      let isOver = false;
      const callers = Array.from({ length: 4 }, async () => {
        while (!isOver) {
          const called = client.callTool({ name: 'moving__stays', arguments: {} });
          const { content } = await called.catch((error: unknown) => ({ content: String(error) }));
          if (JSON.stringify(content) !== '[{"type":"text","text":"stays"}]') failures.push(content);
        }
      });
      for (round = 1; round <= 10; round += 1) {
        const before = heard;
        upstream.handler.notify.toolsChanged();
        await eventually(() => heard > before);
        await untilListed(client, `moving__only_${round}`);
        expect(await hasTool(client, `moving__only_${round - 1}`)).toBe(false);
        await expect(client.callTool({ name: `moving__only_${round - 1}`, arguments: {} })).rejects.toThrow(
          /There is no tool/,
        );
      }
      isOver = true;
      await Promise.all(callers);
      expect(failures).toEqual([]);
      await subscription.close();
      await client.close();
    });
  });

  describe('answer with', () => {
    let server: FaultyServer;
    let client: Client;

    beforeAll(async () => {
      server = await startFaultyServer();
      // The same server twice, since what must come to an answer has time.
      await define('faulty', server.url, { timeout_seconds: PATIENCE_MS / 1_000 });
      await define('hurried', server.url, { timeout_seconds: 1 });
      client = await open();
      await untilListed(client, 'faulty__say');
      await untilListed(client, 'hurried__never');
    });
    afterAll(async () => {
      await client.close();
      await server.close();
    });

    const CODES: Readonly<Record<Fault, string>> = {
      no_json: 'PROTOCOL_ERROR',
      half_json: 'PROTOCOL_ERROR',
      no_message: 'PROTOCOL_ERROR',
      other_id: 'PROTOCOL_ERROR',
      broken_event: 'PROTOCOL_ERROR',
      bytes: 'PROTOCOL_ERROR',
      gigabyte: 'OUTPUT_TOO_LARGE',
      gigabyte_event: 'OUTPUT_TOO_LARGE',
      never: 'TIMEOUT',
      stalls: 'TIMEOUT',
    };

    it.each(FAULTS)('%s cost the one call, which says so, and little memory', async (fault) => {
      const memory = peakMemoryMb(running.app.pid);
      const said = client.callTool({ name: 'faulty__say', arguments: {} });
      const called = `${CODES[fault] === 'TIMEOUT' ? 'hurried' : 'faulty'}__${fault}`;
      const { isError, content } = await client.callTool({ name: called, arguments: {} });
      expect([isError, JSON.stringify(content)]).toEqual([
        true,
        expect.stringContaining(CODES[fault]) as string,
      ]);
      expect((await said).content).toMatchObject([{ text: 'said' }]);
      expect((await client.callTool({ name: 'faulty__say', arguments: {} })).content).toMatchObject([
        { text: 'said' },
      ]);
      expect(peakMemoryMb(running.app.pid)).toBeLessThan(memory + SPARE_MB);
      expect(server.sent).toBeLessThan(64 * 1024 * 1024);
    });
  });
});
