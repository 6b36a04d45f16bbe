import type { ServerResponse } from 'node:http';

import type { JSONRPCMessage } from '@modelcontextprotocol/server';

/** How often a silent stream shows that it lives. Proxies commonly give up after 30 or 60 s. */
const KEEP_ALIVE_MS = 15_000;

/** Turns an answer into a stream of server-sent events; it shows that it lives until it is closed. */
export function beginEventStream(response: ServerResponse): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache, no-transform',
    // Proxies would wait for more.
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  const keepAlive = setInterval(() => {
    response.write(': keepalive\n\n');
  }, KEEP_ALIVE_MS);
  const stop = (): void => {
    clearInterval(keepAlive);
  };
  response.once('finish', stop).once('close', stop);
}

/** A message as an event of such a stream. */
export function toEvent(message: JSONRPCMessage): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}
