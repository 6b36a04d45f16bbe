import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { toNodeHandler } from '@modelcontextprotocol/node';

import { createMcpHandler, type McpHttpHandler, Server } from '@modelcontextprotocol/server';

/** A real MCP server over Streamable HTTP on the loopback address, of both eras. */
export interface McpUpstream {
  readonly url: string;
  readonly port: number;
  readonly handler: McpHttpHandler;
  /** Requests served so far. */
  readonly requests: number;
  close(): Promise<void>;
}

/** @param define gives a server, made for each request, its capabilities and handlers */
export async function startUpstream(
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  define: (server: Server) => void,
  port = 0,
): Promise<McpUpstream> {
  const handler = createMcpHandler(() => {
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const server = new Server({ name: 'upstream', version: '1.0.0' }, { capabilities: {} });
    define(server);
    return server;
  });
  const serve = toNodeHandler(handler);
  let requests = 0;
  const http = createServer((request, response) => {
    requests += 1;
    void serve(request as Parameters<typeof serve>[0], response);
  });
  await listen(http, port);
  const { port: chosen } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${chosen}/mcp`,
    port: chosen,
    handler,
    get requests() {
      return requests;
    },
    async close() {
      await handler.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function listen(http: HttpServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, '127.0.0.1', resolve);
  });
}
