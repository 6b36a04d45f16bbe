import type { ServerResponse } from 'node:http';

/**
 * Lets what is written to a response in one turn of the event loop leave in one piece. The SDK writes the head, the only
 * event and the end of an answer one after the other, and each by itself would be a system call and a packet.
 */
export function inOneWrite(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  response.writeHead = (...args: unknown[]) => {
    response.cork();
    setImmediate(() => {
      response.uncork();
    });
    return writeHead(...args);
  };
}
