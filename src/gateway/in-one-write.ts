import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/**
 * Makes an answer of the SDK one of this server: it goes out as {@link inOneWrite} says, and whether its connection is
 * kept is not the SDK's to say, which would keep that of a client that wants it closed, and of a process that stops.
 */
export function asAnswerOfOurs(response: ServerResponse): void {
  inOneWrite(response);
  const writeHead = response.writeHead.bind(response);
  response.writeHead = ((status: number, headers: OutgoingHttpHeaders) => {
    const { connection, ...rest } = headers;
    return writeHead(status, connection === 'keep-alive' ? rest : headers);
  }) as ServerResponse['writeHead'];
}

/**
 * Lets what is written to a response in one turn of the event loop leave in one piece. The SDK writes the head, the only
 * event and the end of an answer one after the other, and each by itself would be a system call and a packet.
 *
 * The connection is corked, not the response: of a response that is corked when it ends, Node sends the end before all
 * chunks but the first (`OutgoingMessage.end` in Node 24), which then stand in front of the connection's next answer.
 */
export function inOneWrite(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null) return;
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  response.writeHead = (...args: unknown[]) => {
    socket.cork();
    setImmediate(() => {
      socket.uncork();
    });
    return writeHead(...args);
  };
}
