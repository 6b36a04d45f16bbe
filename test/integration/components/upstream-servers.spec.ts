import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { McpUpstreams } from '../../../src/components/mcp-server/mcp-upstreams';
import { bareLauncher } from '../../support/bare-launcher';
import type { ServerLogLine, Upstream } from '../../../src/components/mcp-server/upstream-servers';
import type { JsonObject } from '../../../src/engine/core/json';
import { EgressGuard } from '../../../src/security/egress/egress-guard';
import { eventually } from '../../support/eventually';
import { freePort } from '../../support/free-port';
import { McpProcess } from '../../support/mcp-process';

const NEWER = join(__dirname, 'newer-server.mjs');
const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');
const MEMORY = require.resolve('@modelcontextprotocol/server-memory/dist/index.js');

describe('UpstreamServers', () => {
  const guard = new EgressGuard(['loopback']);
  const { signal } = new AbortController();
  let folder: string;
  let newer: McpProcess;
  let everything: McpProcess;
  let upstreams: McpUpstreams;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcp-upstream-'));
    [newer, everything] = await Promise.all([
      McpProcess.start([NEWER], { COUNT_FILE: join(folder, 'counted') }),
      McpProcess.start([EVERYTHING, 'streamableHttp']),
    ]);
  });
  afterAll(async () => {
    await Promise.all([newer.kill(), everything.kill(), guard.close()]);
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    upstreams = new McpUpstreams({ launcher: bareLauncher, egress: guard, version: '0.0.0' });
  });
  afterEach(() => upstreams.close());

  const upstream = (config: JsonObject): Upstream => ({
    definitionId: 'definition-1',
    versionId: 'version-1',
    config: { type: 'mcp_server', ...config },
  });
  const over = (url: string, rest: JsonObject = {}): Upstream =>
    upstream({ transport: 'streamable_http', url, ...rest });
  const call = (of: Upstream, tool: string, args: JsonObject = {}, by = signal) =>
    upstreams.callTool(of, { tool, args, idempotencyKey: 'key' }, { signal: by });
  const names = async (of: Upstream) => (await upstreams.catalog(of, signal)).tools.map(({ name }) => name);

  describe('with a server of the era of 2026-07-28', () => {
    it('lists tools, prompts and resources, and says who the server is', async () => {
      expect(await upstreams.catalog(over(newer.url()), signal)).toMatchObject({
        tools: expect.arrayContaining([expect.objectContaining({ name: 'echo' })]) as unknown,
        prompts: [{ name: 'greet' }],
        resources: [{ uri: 'memo://note' }],
        resourceTemplates: [],
        server: { name: 'newer', version: '1.2.3', protocolVersion: '2026-07-28', instructions: 'Be kind' },
        isStale: false,
        error: null,
      });
    });

    it('gets a prompt and reads a resource', async () => {
      const of = over(newer.url());
      expect(
        await upstreams.getPrompt(of, { name: 'greet', args: { name: 'Ada' } }, { signal }),
      ).toMatchObject({
        messages: [{ content: { text: 'Hello, Ada' } }],
      });
      expect(await upstreams.readResource(of, 'memo://note', { signal })).toMatchObject({
        contents: [{ text: 'remember' }],
      });
    });

    it('gives each of many calls at once its own progress and log lines, in one session', async () => {
      const words = Array.from({ length: 20 }, (_, index) => `word ${index}`);
      const heard = await Promise.all(
        words.map(async (message) => {
          const lines: ServerLogLine[] = [];
          const progress: (string | undefined)[] = [];
          await upstreams.callTool(
            over(newer.url()),
            { tool: 'whisper', args: { message }, idempotencyKey: message },
            {
              signal,
              onLog: (line) => lines.push(line),
              onProgress: (one) => progress.push(one.message),
            },
          );
          return { lines: lines.map(({ data }) => data), progress };
        }),
      );
      expect(heard).toEqual(words.map((word) => ({ lines: [`psst: ${word}`], progress: [word] })));
    });

    it('ends a call that is given up on the server too, and leaves the others alone', async () => {
      const of = over(newer.url());
      const controller = new AbortController();
      const given = call(of, 'hang', {}, controller.signal);
      await eventually(async () => JSON.stringify(await call(of, 'hanging')).includes('"1"'));
      const slow = call(of, 'echo', { message: 'other' });
      controller.abort(new Error('enough'));
      await expect(given).rejects.toThrow('enough');
      expect(await slow).toMatchObject({ content: [{ text: 'other' }] });
      await eventually(async () => JSON.stringify(await call(of, 'hanging')).includes('"0"'));
    });

    it('lets an answer that is too large hit its own call only', async () => {
      const of = over(newer.url());
      const [big, echo] = await Promise.allSettled([call(of, 'big'), call(of, 'echo', { message: 'small' })]);
      expect(big).toMatchObject({ status: 'rejected', reason: { code: 'OUTPUT_TOO_LARGE' } });
      expect(echo).toMatchObject({ status: 'fulfilled', value: { content: [{ text: 'small' }] } });
    });

    it('refuses to answer questions of a server, and says which', async () => {
      await expect(call(over(newer.url()), 'ask')).rejects.toMatchObject({
        code: 'TOOL_ERROR',
        retryable: false,
        message: expect.stringContaining('wants elicitation') as string,
      });
    });

    it('hears that the list of tools has changed, and reads it again', async () => {
      const of = over(newer.url());
      expect(await names(of)).not.toContain('more');
      const changed: string[] = [];
      const leave = upstreams.onChanged((definitionId) => changed.push(definitionId));
      // Subscribing goes on beside the first answers, and only those who subscribed are told.
      await eventually(async () => {
        await call(of, 'grow');
        return changed.includes('definition-1');
      });
      leave();
      expect(await names(of)).toContain('more');
      expect(await call(of, 'more')).toMatchObject({ content: [{ text: 'more' }] });
    });
  });

  it('speaks with servers of the earlier era over every transport', async () => {
    const sse = await McpProcess.start([EVERYTHING, 'sse']);
    try {
      for (const config of [
        { transport: 'streamable_http', url: everything.url() },
        { transport: 'sse', url: sse.url('/sse') },
        { transport: 'stdio', command: process.execPath, args: [EVERYTHING, 'stdio'] },
      ]) {
        const of = upstream(config);
        const { tools, prompts, resources, server, error } = await upstreams.catalog(of, signal);
        expect(error).toBeNull();
        expect([tools.length, prompts.length, resources.length].every((count) => count > 0)).toBe(true);
        expect(server).toMatchObject({ protocolVersion: '2025-11-25' });
        const echoes = await Promise.all(['a', 'b', 'c'].map((message) => call(of, 'echo', { message })));
        expect(echoes).toMatchObject(
          ['a', 'b', 'c'].map((text) => ({ content: [{ text: `Echo: ${text}` }] })),
        );
      }
    } finally {
      await sse.kill();
    }
  });

  it('keeps what a stdio server remembers', async () => {
    const of = upstream({
      transport: 'stdio',
      command: process.execPath,
      args: [MEMORY],
      env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
    });
    const ada = { name: 'Ada', entityType: 'person', observations: ['writes programs'] };
    await call(of, 'create_entities', { entities: [ada] });
    expect(JSON.stringify(await call(of, 'read_graph'))).toContain('writes programs');
  });

  it('completes an argument of a prompt', async () => {
    const { completion } = await upstreams.complete(
      over(everything.url()),
      {
        ref: { type: 'ref/prompt', name: 'completable-prompt' },
        argument: { name: 'department', value: 'E' },
      },
      { signal },
    );
    expect(completion.values).toContain('Engineering');
  });

  it('applies allow_tools and deny_tools to the list and to calls alike', async () => {
    const of = over(newer.url(), { allow_tools: ['echo', 'count'], deny_tools: ['count'] });
    expect(await names(of)).toEqual(['echo']);
    await expect(call(of, 'count', { id: 'x' })).rejects.toMatchObject({ code: 'UNKNOWN_TOOL' });
  });

  it('says why a server that was never reached has no tools, and does not wait for it', async () => {
    expect(await upstreams.catalog(over(`http://127.0.0.1:${await freePort()}/mcp`), signal)).toMatchObject({
      tools: [],
      server: null,
      fetchedAt: null,
      isStale: false,
      error: { code: 'CONNECTION_FAILED' },
    });
  });

  it.each([
    ['of the newer era', () => newer, (message: string) => message],
    ['of the earlier era, with sessions', () => everything, (message: string) => `Echo: ${message}`],
  ])(
    'fails no read of a server %s that is killed and restarted under load',
    async (_era, serverOf, answer) => {
      const server = serverOf();
      const of = over(server.url());
      let running = true;
      let calls = 0;
      const failures: unknown[] = [];
      const callers = Array.from({ length: 8 }, async (_, caller) => {
        while (running) {
          const message = `${caller}: ${calls}`;
          try {
            const result = await call(of, 'echo', { message });
            expect(result).toMatchObject({ content: [{ text: answer(message) }] });
            calls += 1;
          } catch (error) {
            failures.push(error);
          }
        }
      });
      for (let restart = 0; restart < 3; restart += 1) {
        const before = calls;
        await eventually(() => calls > before + 50);
        await server.kill();
        await server.start();
      }
      const after = calls;
      await eventually(() => calls > after + 50);
      running = false;
      await Promise.all(callers);
      expect(failures).toEqual([]);
    },
  );

  it('never makes a call twice that may not be repeated, over restarts', async () => {
    const of = over(newer.url());
    let running = true;
    let made = 0;
    const acknowledged: string[] = [];
    const callers = Array.from({ length: 8 }, async () => {
      while (running) {
        made += 1;
        const id = `call-${made}`;
        await call(of, 'count', { id }).then(
          () => acknowledged.push(id),
          () => undefined,
        );
      }
    });
    for (let restart = 0; restart < 3; restart += 1) {
      const before = acknowledged.length;
      await eventually(() => acknowledged.length > before + 20);
      await newer.kill();
      await newer.start();
    }
    running = false;
    await Promise.all(callers);
    const counted = (await readFile(join(folder, 'counted'), 'utf8')).trim().split('\n');
    expect(new Set(counted).size).toBe(counted.length);
    expect(acknowledged.filter((id) => !counted.includes(id))).toEqual([]);
  });

  it('keeps the last good lists while a server is down, and gives its tools a clear error', async () => {
    const server = await McpProcess.start([NEWER]);
    const of = over(server.url());
    await names(of);
    await server.kill();
    await expect(call(of, 'echo', { message: 'x' })).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    const stale = await upstreams.catalog(of, signal);
    expect(stale.isStale).toBe(true);
    expect(stale.tools.map(({ name }) => name)).toContain('echo');
    expect(stale.error).toMatchObject({ code: 'CONNECTION_FAILED' });
    await server.start();
    await eventually(async () => !(await upstreams.catalog(of, signal)).isStale);
    await server.kill();
  });
});
