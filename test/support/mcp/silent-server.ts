import { createServer } from 'node:http';

import { closeServer, listenOnLoopback } from '../loopback-server';

/** A message that the server was sent. */
export interface ReceivedMessage {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly protocolVersion?: string; readonly requestId?: number | string };
}

/** An MCP server of the 2025 era, by hand, that keeps what it is sent and never answers a call of its tool `hang`. */
export interface SilentServer {
  readonly url: string;
  readonly received: readonly ReceivedMessage[];
  close(): void;
}

export async function startSilentServer(): Promise<SilentServer> {
  const received: ReceivedMessage[] = [];
  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const message = JSON.parse(body) as ReceivedMessage;
      received.push(message);
      if (message.method === 'tools/call') return;
      const answer = message.id === undefined ? null : answerTo(message);
      if (answer === null) response.writeHead(202).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  return {
    url: `${await listenOnLoopback(server)}/mcp`,
    received,
    close: () => void closeServer(server),
  };
}

function answerTo({ id, method, params }: ReceivedMessage): object {
  const jsonrpc = '2.0';
  switch (method) {
    case 'initialize': {
      const protocolVersion = params?.protocolVersion;
      const serverInfo = { name: 'silent', version: '1' };
      return { jsonrpc, id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } };
    }
    case 'tools/list':
      return { jsonrpc, id, result: { tools: [{ name: 'hang', inputSchema: { type: 'object' } }] } };
    default:
      return { jsonrpc, id, error: { code: -32601, message: 'Method not found' } };
  }
}
