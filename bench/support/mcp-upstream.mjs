/** An MCP server whose one tool says what it was given: over Streamable HTTP, or with `--stdio` over its own streams. */
import { createServer } from 'node:http';

import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

function makeServer() {
  const server = new McpServer({ name: 'bench', version: '1.0.0' });
  server.registerTool('say', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  return server;
}

if (process.argv.includes('--stdio')) {
  await serveStdio(makeServer);
} else {
  const serve = toNodeHandler(createMcpHandler(makeServer));
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`{"url":"http://127.0.0.1:${server.address().port}/mcp"}\n`);
  });
}
