import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { tieEnds } from './socket-pair';

/** A way to a server that a test can cut and mend: a failure of the network, or a server that is away. */
export interface TcpProxy {
  /** The server's URL with the proxy's address. */
  readonly url: string;
  /** Breaks every connection and refuses new ones. */
  cut(): void;
  /** Accepts connections again, at the same address. */
  mend(): Promise<void>;
  /** Lets nothing through any more, and breaks nothing: a network that hangs. */
  stall(): void;
  /** Lets through what waits, and all that follows. */
  flow(): void;
  /** Lets nothing through any more on the connections of now, and breaks none: their server has gone without a word. */
  strand(): void;
}

/** @param target the URL of a PostgreSQL that listens in the folder which its `host` parameter names */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const url = new URL(target);
  const socketPath = `${url.searchParams.get('host') ?? ''}/.s.PGSQL.${url.port === '' ? '5432' : url.port}`;
  const open = new Set<Socket>();
  let isStalled = false;
  const server = createServer((inbound) => {
    const outbound = connect(socketPath);
    tieEnds(inbound, outbound, open);
    inbound.pipe(outbound).pipe(inbound);
    if (isStalled) for (const socket of [inbound, outbound]) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;

  url.searchParams.delete('host');
  url.hostname = address.address;
  url.port = String(address.port);
  return {
    url: url.href,
    cut: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
    mend: async () => {
      server.listen(address.port, address.address);
      await once(server, 'listening');
    },
    stall: () => {
      isStalled = true;
      for (const socket of open) socket.pause();
    },
    flow: () => {
      isStalled = false;
      for (const socket of open) socket.resume();
    },
    strand: () => {
      for (const socket of open) socket.pause();
    },
  };
}
