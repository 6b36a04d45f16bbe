import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';

import { closeServer, listenOnLoopback } from '../../test/support/loopback-server';
import { inOneWrite } from './in-one-write';

const REQUEST = 'GET / HTTP/1.1\r\nHost: here\r\n\r\n';

describe('inOneWrite', () => {
  let server: Server;
  let client: Socket;
  let answer: (response: ServerResponse) => void;

  beforeEach(async () => {
    server = createServer((_request, response) => {
      inOneWrite(response);
      answer(response);
    });
    const { hostname, port } = new URL(await listenOnLoopback(server));
    client = connect(Number(port), hostname).setEncoding('latin1');
  });

  afterEach(async () => {
    client.destroy();
    await closeServer(server);
  });

  const nextPiece = async (): Promise<string> => String((await once(client, 'data'))[0]);

  it.each([1, 2, 5])('sends a head, %d events and the end in one piece, in their order', async (events) => {
    answer = (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (let event = 1; event <= events; event += 1) response.write(`event ${event}`);
      response.end();
    };
    const body = Array.from({ length: events }, (_none, index) => `7\r\nevent ${index + 1}\r\n`).join('');
    // The second on the same connection: nothing of the first may stand before it.
    for (const _answer of [1, 2]) {
      client.write(REQUEST);
      const piece = await nextPiece();
      expect(piece).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(piece.slice(piece.indexOf('\r\n\r\n') + 4)).toBe(`${body}0\r\n\r\n`);
    }
  });

  it('holds back nothing that is written later', async () => {
    answer = (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('at once');
    };
    client.write(REQUEST);
    expect(await nextPiece()).toContain('7\r\nat once\r\n');
  });

  it('goes on after an answer that has filled the buffers', async () => {
    const megabyte = 'x'.repeat(1024 * 1024);
    answer = (response) => {
      response.writeHead(200);
      response.write(megabyte);
      response.once('drain', () => response.end('drained'));
    };
    client.write(REQUEST);
    let all = '';
    client.on('data', (piece: string) => (all += piece));
    while (!all.endsWith('0\r\n\r\n')) await once(client, 'data');
    expect(all).toContain('7\r\ndrained\r\n');
  });
});
