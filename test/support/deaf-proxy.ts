import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { tieEnds } from './socket-pair';

/** A way to a server on which, from some moment on, nothing that it says to listeners arrives. */
export interface DeafProxy {
  /** The server's URL with the proxy's address. */
  readonly url: string;
  /** How many connections have sent LISTEN. */
  readonly listeners: number;
  /** From now on connections that have sent LISTEN, and those that will, hear no more; the others work on. */
  deafen(): void;
  close(): Promise<void>;
}

/**
 * A half-dead connection, as a firewall that forgets a quiet one makes it: both sides believe that it lives.
 *
 * @param target the URL of a PostgreSQL that listens in the folder which its `host` parameter names
 */
export async function startDeafProxy(target: string): Promise<DeafProxy> {
  const url = new URL(target);
  const socketPath = `${url.searchParams.get('host') ?? ''}/.s.PGSQL.${url.port === '' ? '5432' : url.port}`;
  const open = new Set<Socket>();
  const listening = new Set<Socket>();
  let isDeaf = false;

  const server = createServer((inbound) => {
    const outbound = connect(socketPath);
    inbound.on('data', (chunk) => {
      if (chunk.includes('LISTEN "')) listening.add(inbound);
      outbound.write(chunk);
    });
    outbound.on('data', (chunk) => {
      if (!isDeaf || !listening.has(inbound)) inbound.write(chunk);
    });
    tieEnds(inbound, outbound, open);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;

  url.searchParams.delete('host');
  url.hostname = address.address;
  url.port = String(address.port);
  return {
    url: url.href,
    get listeners() {
      return listening.size;
    },
    deafen: () => {
      isDeaf = true;
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
