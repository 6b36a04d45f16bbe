import { createServer } from 'node:http';

import { toNodeHandler } from '@modelcontextprotocol/node';

import { createMcpHandler, type McpHttpHandler, Server } from '@modelcontextprotocol/server';

import { closeServer, listenOnLoopback } from '../loopback-server';

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
  const url = await listenOnLoopback(http, port);
  return {
    url: `${url}/mcp`,
    port: Number(new URL(url).port),
    handler,
    get requests() {
      return requests;
    },
    async close() {
      await handler.close();
      await closeServer(http);
    },
  };
}
