import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { closeServer, listenOnLoopback } from '../loopback-server';

/**
 * An MCP server of the 2025 era over Streamable HTTP, by hand, that keeps sessions and counts what its clients leave
 * open. It answers calls of `say`, which only reads, and never those of `hang`.
 */
export interface SessionServer {
  readonly url: string;
  readonly port: number;
  /** Sessions that were begun and not ended. */
  readonly sessions: ReadonlySet<string>;
  /** Sessions that were ever begun. */
  readonly begun: number;
  /** Calls of `hang` whose clients still wait. */
  readonly hanging: number;
  /** Calls of `hang` that came. */
  readonly hung: number;
  /** Connections that are open. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly protocolVersion?: string; readonly name?: string };
}

export async function startSessionServer(port = 0): Promise<SessionServer> {
  const sessions = new Set<string>();
  const counts = { begun: 0, hanging: 0, hung: 0 };

  function answer({ id, method, params }: Message, response: ServerResponse): void {
    const send = (body: object): void => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...body }));
    };
    if (id === undefined) response.writeHead(202).end();
    else if (method === 'initialize') {
      const session = randomUUID();
      sessions.add(session);
      counts.begun += 1;
      response.setHeader('mcp-session-id', session);
      const { protocolVersion } = params ?? {};
      const serverInfo = { name: 'sessions', version: '1' };
      send({ result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
    } else if (method === 'tools/list') {
      const tool = (name: string) => ({
        name,
        inputSchema: { type: 'object' },
        annotations: { readOnlyHint: name === 'say' },
      });
      send({ result: { tools: ['say', 'hang'].map(tool) } });
    } else if (method === 'tools/call' && params?.name === 'hang') {
      counts.hung += 1;
      counts.hanging += 1;
      response.once('close', () => (counts.hanging -= 1));
    } else if (method === 'tools/call') send({ result: { content: [{ type: 'text', text: 'said' }] } });
    else send({ error: { code: -32_601, message: 'Method not found' } });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'DELETE') sessions.delete(String(request.headers['mcp-session-id']));
    if (request.method !== 'POST') {
      response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
      return;
    }
    let body = '';
    for await (const chunk of request) body += String(chunk);
    answer(JSON.parse(body) as Message, response);
  }

  const server = createServer((request, response) => {
    // A client that goes away in the middle of its request is what these tests are about.
    serve(request, response).catch(() => response.destroy());
  });
  const url = await listenOnLoopback(server, port);
  return {
    url: `${url}/mcp`,
    port: Number(new URL(url).port),
    sessions,
    get begun() {
      return counts.begun;
    },
    get hanging() {
      return counts.hanging;
    },
    get hung() {
      return counts.hung;
    },
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => {
          if (error === null) resolve(count);
          else reject(error);
        });
      }),
    close: () => closeServer(server),
  };
}
