import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../../src/common/errors/app-error';
import type { JsonObject } from '../../../src/engine/core/json';
import { McpServer } from '../../../src/components/mcp-server/mcp-server';
import { McpUpstreams } from '../../../src/components/mcp-server/mcp-upstreams';
import { bareLauncher } from '../../support/bare-launcher';
import { noEgress } from '../../support/no-egress';
import { soonEnough } from '../../support/soon-enough';
import { ComponentHarness } from './component-harness';

const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');
const FILESYSTEM = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
const HOSTILE = join(__dirname, 'hostile-stdio-server.mjs');

const stdio = (...args: string[]): JsonObject => ({ transport: 'stdio', command: process.execPath, args });
const hostile = (mode: string): JsonObject => stdio(HOSTILE, mode);

describe('mcp_server over stdio', () => {
  const limits = { perKey: 2, total: 4, idleMs: 60_000 };
  let type: McpServer;
  let harness: ComponentHarness;

  beforeEach(() => {
    type = new McpServer(
      new McpUpstreams({ launcher: bareLauncher, egress: noEgress, version: '0.0.0', limits }),
    );
    harness = new ComponentHarness(type);
  });
  afterEach(() => type.close());

  async function pidFrom(marker = 'pid '): Promise<number> {
    const { message } = await harness.line(marker);
    return Number(message.slice(marker.length));
  }

  /** Waits until a process has gone; a zombie that nobody has reaped counts as gone. */
  async function gone(pid: number): Promise<void> {
    const { readFile } = await import('node:fs/promises');
    for (;;) {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
      if (stat === null || /\) Z /.test(stat)) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function echo(
    mode = 'plain',
    inputs: JsonObject = {},
  ): Promise<{ pid: number; env: Record<string, string>; meta: JsonObject; args: JsonObject; cwd: string }> {
    const output = (await harness.run(hostile(mode), { tool: 'echo', inputs })) as {
      content: [{ text: string }];
    };
    return JSON.parse(output.content[0].text) as Awaited<ReturnType<typeof echo>>;
  }

  describe('with the reference server "everything"', () => {
    it('calls tools and gives content and structured content', async () => {
      const config = stdio(EVERYTHING, 'stdio');
      expect(await harness.run(config, { tool: 'echo', inputs: { message: 'hi' } })).toMatchObject({
        content: [{ type: 'text', text: expect.stringContaining('hi') as string }],
        is_error: false,
      });
      expect(
        await harness.run(config, { tool: 'get-structured-content', inputs: { location: 'New York' } }),
      ).toMatchObject({ structured_content: { temperature: expect.any(Number) as number } });
    });

    it('writes progress to the log while the tool runs', async () => {
      await harness.run(stdio(EVERYTHING, 'stdio'), {
        tool: 'trigger-long-running-operation',
        inputs: { duration: 0.3, steps: 3 },
      });
      expect(harness.lines).toContainEqual({ stream: 'system', level: 'info', message: 'progress 2/3' });
    });

    it('writes the server’s own log to the log', async () => {
      const config = stdio(EVERYTHING, 'stdio');
      await harness.run(config, { tool: 'toggle-simulated-logging' });
      // The server logs every five seconds; the call outlasts the first line.
      const patience = new AbortController();
      const ended = harness
        .run(config, {
          tool: 'trigger-long-running-operation',
          inputs: { duration: 600, steps: 1 },
          signal: patience.signal,
        })
        .catch(() => 'stopped');
      expect((await harness.line('-level message')).stream).toBe('system');
      patience.abort();
      expect(await ended).toBe('stopped');
    });

    it('names the tools that are there when one is not', async () => {
      await expect(harness.run(stdio(EVERYTHING, 'stdio'), { tool: 'nope' })).rejects.toMatchObject({
        code: 'UNKNOWN_TOOL',
        message: expect.stringMatching(/no tool "nope"; it has: .*echo/) as string,
      });
    });

    it('refuses arguments that the tool refuses', async () => {
      const failure = harness.run(stdio(EVERYTHING, 'stdio'), { tool: 'get-sum', inputs: { a: 'x' } });
      await expect(failure).rejects.toMatchObject({ message: expect.stringContaining('get-sum') as string });
    });
  });

  describe('with the reference server "filesystem"', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await realpath(await mkdtemp(join(tmpdir(), 'mcp-fs-')));
      await writeFile(join(folder, 'note.txt'), 'remember');
    });
    afterEach(() => rm(folder, { recursive: true }));

    it('reads a file', async () => {
      expect(
        await harness.run(stdio(FILESYSTEM, folder), {
          tool: 'read_text_file',
          inputs: { path: join(folder, 'note.txt') },
        }),
      ).toMatchObject({ content: [{ type: 'text', text: 'remember' }] });
    });

    it('fails with TOOL_ERROR and the tool’s words', async () => {
      await expect(
        harness.run(stdio(FILESYSTEM, folder), { tool: 'read_text_file', inputs: { path: '/etc/passwd' } }),
      ).rejects.toMatchObject({ code: 'TOOL_ERROR', message: expect.stringContaining('denied') as string });
    });
  });

  it('uses one process for calls that follow each other, and another for other settings', async () => {
    const [first, second] = [await echo(), await echo()];
    expect(second.pid).toBe(first.pid);
    const other = { ...hostile('plain'), env: { OTHER: '1' } };
    const output = (await harness.run(other, { tool: 'echo' })) as { content: [{ text: string }] };
    expect((JSON.parse(output.content[0].text) as { pid: number }).pid).not.toBe(first.pid);
  });

  it('starts anew after the kept process has died', async () => {
    const first = await echo();
    process.kill(first.pid, 'SIGKILL');
    await gone(first.pid);
    expect((await echo()).pid).not.toBe(first.pid);
  });

  it('ends its processes when it is closed, and when they were idle', async () => {
    const first = await echo();
    await type.close();
    await gone(first.pid);
    type = new McpServer(
      new McpUpstreams({
        launcher: bareLauncher,
        egress: noEgress,
        version: '0',
        limits: { ...limits, idleMs: 10 },
      }),
    );
    harness = new ComponentHarness(type);
    await gone((await echo()).pid);
  });

  it('gives a process nothing of our environment', async () => {
    process.env.DATABASE_URL = 'postgres://secret';
    try {
      const { env, cwd } = await echo();
      expect(Object.keys(env).sort()).toEqual(['HOME', 'LANG', 'PATH', 'TMPDIR']);
      expect(cwd).toBe(await realpath(tmpdir()));
    } finally {
      delete process.env.DATABASE_URL;
    }
  });

  it('sends the arguments and the idempotency key', async () => {
    const { args, meta } = await echo('plain', { n: 1 });
    expect(args).toEqual({ n: 1 });
    expect(meta).toMatchObject({ 'mcp-backend/idempotency-key': 'run-1:step-1' });
  });

  it('obeys allow_tools and deny_tools without starting anything', async () => {
    for (const rule of [
      { allow_tools: ['big'] },
      { deny_tools: ['echo'] },
      { allow_tools: ['echo'], deny_tools: ['echo'] },
    ]) {
      await expect(harness.run({ ...hostile('plain'), ...rule }, { tool: 'echo' })).rejects.toMatchObject({
        code: 'UNKNOWN_TOOL',
      });
    }
    expect(harness.lines).toEqual([]);
  });

  it('says that there is no such command', async () => {
    const failure = harness.run({ transport: 'stdio', command: 'no-such-command-here' }, { tool: 'x' });
    await expect(failure).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      retryable: false,
      message: '"no-such-command-here": there is no such command',
    });
  });

  it.each([
    ['ends-at-once', 'CONNECTION_FAILED', 'exit code 3'],
    ['broken-json', 'PROTOCOL_ERROR', 'does not speak MCP'],
    ['chatter', 'PROTOCOL_ERROR', 'does not speak MCP'],
  ])('fails at once with a server that %s', async (mode, code, message) => {
    await expect(harness.run(hostile(mode), { tool: 'echo' })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
    await gone(await pidFrom());
  });

  it('bears a banner on the standard output, and shows it', async () => {
    await echo('banner');
    expect(harness.lines).toContainEqual({
      stream: 'stdout',
      level: 'info',
      message: 'Welcome to my server!',
    });
  });

  it('reaches a server that ends when it is asked for its era', async () => {
    expect((await echo('ends-at-probe')).pid).toBeGreaterThan(0);
  });

  it('fails with CONNECTION_FAILED when the server crashes in the middle, with its last words in the log', async () => {
    await expect(harness.run(hostile('plain'), { tool: 'crash' })).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('exit code 7') as string,
    });
    expect(harness.lines).toContainEqual({ stream: 'stderr', level: 'info', message: 'about to crash' });
    expect((await echo()).pid).toBeGreaterThan(0);
  });

  it('tells the last words of a server that ended, and hears the last news of a call that its answer came with', async () => {
    await expect(harness.run(hostile('plain'), { tool: 'crash' })).rejects.toMatchObject({
      message: expect.stringMatching(/exit code 7\. Its last words: about to crash$/) as string,
    });
    harness.lines.length = 0;
    expect(await harness.run(hostile('plain'), { tool: 'progress' })).toMatchObject({
      content: [{ text: 'done' }],
    });
    expect(harness.lines.map(({ message }) => message).filter((line) => line.startsWith('progress'))).toEqual(
      ['progress 1/3', 'progress 2/3', 'progress 3/3'],
    );
  });

  it('takes the answer of a server that ends right after it', async () => {
    expect(await harness.run(hostile('plain'), { tool: 'answer-and-end' })).toMatchObject({
      content: [{ text: 'last words' }],
    });
    await gone(await pidFrom());
    expect((await echo()).pid).toBeGreaterThan(0);
  });

  it('gives every call to its own process, and makes those beyond the limit wait', async () => {
    const pids = await Promise.all(Array.from({ length: 6 }, async () => (await echo()).pid));
    expect(new Set(pids).size).toBe(limits.perKey);
  });

  it.each([
    [-32602, 'INVALID_INPUT'],
    [-32603, 'PROTOCOL_ERROR'],
  ])('turns the JSON-RPC error %d into %s', async (rpcCode, code) => {
    await expect(
      harness.run(hostile('plain'), { tool: 'refuse', inputs: { code: rpcCode } }),
    ).rejects.toMatchObject({
      code,
      message: expect.stringContaining('not like this') as string,
    });
  });

  it('refuses an answer over the limit, and takes one below it', async () => {
    await expect(
      harness.run(hostile('plain'), { tool: 'big', inputs: { bytes: 5_000_000 } }),
    ).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
    expect(await harness.run(hostile('plain'), { tool: 'big', inputs: { bytes: 4_000_000 } })).toMatchObject({
      is_error: false,
    });
  });

  it('bounds the log', async () => {
    await harness.run(hostile('plain'), { tool: 'flood' });
    await harness.line('left out');
    expect(harness.lines.length).toBeLessThanOrEqual(1002);
  });

  it.each(['plain', 'deaf', 'ignores-sigterm', 'grandchild'])(
    'ends the whole process tree of a server (%s) that hangs when the time is over',
    async (mode) => {
      const markers = mode === 'grandchild' ? ['pid ', 'grandchild '] : ['pid '];
      // It may not even have started when the time is over.
      const pids = await soonEnough(1_000, async (ms) => {
        harness.lines.length = 0;
        const run = harness.run({ ...hostile(mode), timeout_seconds: ms / 1_000 }, { tool: 'hang' });
        await expect(run).rejects.toMatchObject({ code: 'TIMEOUT' });
        const begun = markers.every((marker) =>
          harness.lines.some(({ message }) => message.startsWith(marker)),
        );
        return begun ? Promise.all(markers.map(pidFrom)) : null;
      });
      await Promise.all(pids.map(gone));
    },
  );

  it('rejects with the reason of a cancellation, at any time', async () => {
    const reason = new AppError('CANCELLED', 'cancelled');
    const controller = new AbortController();
    const run = harness.run(hostile('deaf'), { tool: 'echo', signal: controller.signal });
    const pid = await pidFrom();
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    await gone(pid);
  });
});
