import { createServer, request as send } from 'node:http';

import { closeServer, listenOnLoopback } from '../loopback-server';

/** A proxy that adds an API key to each request and changes nothing else: for clients that cannot be given one. */
export interface KeyProxy {
  readonly baseUrl: string;
  close(): Promise<void>;
}

/** @param target base URL of the program */
export async function startKeyProxy(target: string, key: string): Promise<KeyProxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const passed = send({ hostname, port, method, path: url, headers: { ...headers, 'x-api-key': key } });
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  return {
    baseUrl: await listenOnLoopback(server),
    close: () => closeServer(server),
  };
}
