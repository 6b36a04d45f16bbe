/**
 * An MCP server (2025 era, by hand) that misbehaves as its argument says. It writes its process id to stderr.
 */
import { setInterval } from 'node:timers';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const mode = process.argv[2];
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
process.stderr.write(`pid ${process.pid}\n`);

if (mode === 'ends-at-once') process.exit(3);
if (mode === 'banner') process.stdout.write('Welcome to my server!\n');
if (mode === 'chatter') setInterval(() => process.stdout.write('tick\n'), 1);
if (mode === 'ignores-sigterm') process.on('SIGTERM', () => {});
if (mode === 'grandchild') {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  process.stderr.write(`grandchild ${child.pid}\n`);
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (mode === 'deaf' || mode === 'chatter') return;
  if (mode === 'broken-json') return void process.stdout.write('{"jsonrpc": "2.0", "id"\n');
  if (mode === 'ends-at-probe' && method === 'server/discover') process.exit(1);
  switch (method) {
    case 'initialize':
      return send({
        id,
        result: {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {}, logging: {} },
          serverInfo: { name: 'hostile', version: '1' },
        },
      });
    case 'tools/list':
      return send({
        id,
        result: {
          tools: ['hang', 'crash', 'big', 'echo', 'flood', 'refuse', 'answer-and-end', 'progress'].map(
            (name) => ({
              name,
              inputSchema: { type: 'object' },
            }),
          ),
        },
      });
    case 'tools/call':
      return call(id, params);
    default:
      if (id !== undefined) send({ id, error: { code: -32601, message: 'Method not found' } });
  }
});

function call(id, { name, arguments: args, _meta }) {
  const text = (value) => ({ id, result: { content: [{ type: 'text', text: value }] } });
  switch (name) {
    case 'crash':
      process.stderr.write('about to crash\n');
      return process.exit(7);
    case 'big':
      return send(text('x'.repeat(args.bytes)));
    case 'flood':
      return process.stderr.write('a line\n'.repeat(5000), () => send(text('flooded')));
    case 'refuse':
      return send({ id, error: { code: args.code, message: 'not like this' } });
    case 'echo':
      return send(
        text(JSON.stringify({ args, meta: _meta, env: process.env, pid: process.pid, cwd: process.cwd() })),
      );
    case 'progress': {
      // In one piece, as a pipe may carry it.
      const news = [1, 2, 3].map((progress) => ({
        method: 'notifications/progress',
        params: { progressToken: _meta.progressToken, progress, total: 3 },
      }));
      return process.stdout.write(
        [...news, text('done')]
          .map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
          .join(''),
      );
    }
    case 'answer-and-end':
      return process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...text('last words') })}\n`, () =>
        process.exit(0),
      );
  }
}
