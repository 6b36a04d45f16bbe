import { createInterface } from 'node:readline';

/**
 * An MCP server of 2025 over stdio, by hand: it starts in a few milliseconds.
 *
 * @param tools by name: what gives the text of the answer, or never comes to an end. It is given a way to send messages,
 *   and the parameters of the call
 */
export function serveByHand(tools) {
  const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (method === 'initialize') {
      const { protocolVersion } = params;
      const serverInfo = { name: 'by-hand', version: '1' };
      send({ id, result: { protocolVersion, capabilities: { tools: {}, logging: {} }, serverInfo } });
    } else if (method === 'tools/list') {
      const list = Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' } }));
      send({ id, result: { tools: list } });
    } else if (method === 'tools/call') {
      void tools[params.name](send, params).then((text) => {
        send({ id, result: { content: [{ type: 'text', text }] } });
      });
    } else if (id !== undefined) {
      send({ id, error: { code: -32601, message: 'Method not found' } });
    }
  });
}
