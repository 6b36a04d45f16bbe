/**
 * An MCP server over stdio (2025 era, by hand) that gives away the variable TOKEN one character at a time: into its error
 * output without and with ends of lines, and as messages of its log.
 */
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const { TOKEN } = process.env;
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') {
    const { protocolVersion } = params;
    const serverInfo = { name: 'spelling', version: '1' };
    send({ id, result: { protocolVersion, capabilities: { tools: {}, logging: {} }, serverInfo } });
  } else if (method === 'tools/list') {
    send({ id, result: { tools: [{ name: 'spell', inputSchema: { type: 'object' } }] } });
  } else if (method === 'tools/call') {
    void spell().then(() => send({ id, result: { content: [{ type: 'text', text: 'spelled' }] } }));
  } else if (id !== undefined) {
    send({ id, error: { code: -32601, message: 'Method not found' } });
  }
});

async function spell() {
  process.stderr.write('begin ');
  for (const character of TOKEN) {
    process.stderr.write(character);
    await pause(1);
  }
  process.stderr.write(' end\n');
  for (const character of TOKEN) process.stderr.write(`${character}\n`);
  await pause(10);
  for (const data of TOKEN) send({ method: 'notifications/message', params: { level: 'info', data } });
}
