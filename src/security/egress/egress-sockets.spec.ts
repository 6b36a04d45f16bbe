import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

import { EgressSockets } from './egress-sockets';

describe('EgressSockets', () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((socket) => socket.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });

  afterAll(() => {
    server.close();
  });

  it.each(['127.0.0.1', 'localhost', '::ffff:127.0.0.1'])(
    'connects to %s when it is allowed',
    async (host) => {
      const socket = new EgressSockets(['loopback']).connect(host, port);
      const [greeting] = (await once(socket, 'data')) as [Buffer];
      expect(greeting.toString()).toBe('hello');
    },
  );

  it.each(['127.0.0.1', 'localhost', '::ffff:127.0.0.1', '169.254.169.254', '10.1.2.3'])(
    'refuses %s when it is not',
    async (host) => {
      const socket = new EgressSockets([]).connect(host, port);
      await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
    },
  );

  it('checks a socket that a driver connects by itself', async () => {
    const socket = new EgressSockets([]).create();
    socket.connect(port, '127.0.0.1');
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
  });

  it('knows no way around the check', () => {
    const socket = new EgressSockets([]).create();
    expect(() => socket.connect({ port, host: '127.0.0.1' })).toThrow(TypeError);
    expect(() => socket.connect('/tmp/some.sock')).toThrow(TypeError);
    expect(() => socket.connect(port)).toThrow(TypeError);
  });
});
