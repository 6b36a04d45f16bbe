import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Valid from 2020 to 2120 for `localhost` only; its own authority. For tests, so its key is no secret. */
export const LOCALHOST_CERTIFICATE = `
-----BEGIN CERTIFICATE-----
MIIBczCCARqgAwIBAgIUcS5JqyrSR7JOsZO4naFFbuexPh0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAx
MDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARdDFqfoiH/4wcDRg6X2LBN8tCvdPGP7sgn/u61aeD6/hOXngMhQnG2
qVsUuSTIbI2DtxBl/ZIkzLJUaUEUImQpo0gwRjAUBgNVHREEDTALgglsb2NhbGhv
c3QwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUKWfDfQFRv5vmKuCXcBIdzjuQ
fD4wCgYIKoZIzj0EAwIDRwAwRAIgYKNClbA7ZrpELzPTIOzuJ9xTrJPjBYCnH3mW
6ICOeH4CID16y+i1YGJfdEhGGFSCLyT7J7dOZjHt7l79hqoep8xh
-----END CERTIFICATE-----
`;

const LOCALHOST_KEY = `
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0o/P93r94g+CWMia
+GVFA5GwJ0ZEZNAMRx55e3/X3XWhRANCAARdDFqfoiH/4wcDRg6X2LBN8tCvdPGP
7sgn/u61aeD6/hOXngMhQnG2qVsUuSTIbI2DtxBl/ZIkzLJUaUEUImQp
-----END PRIVATE KEY-----
`;

/** PostgreSQL "SSLRequest": this length and code, answered by one byte. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** A PostgreSQL that takes encrypted connections only. */
export interface TlsProxy {
  readonly port: number;
  close(): void;
}

/**
 * Speaks TLS in front of a server that listens on a Unix socket, where PostgreSQL itself never does.
 *
 * @param target the URL of a PostgreSQL that listens in the folder which its `host` parameter names
 */
export async function startTlsProxy(target: string): Promise<TlsProxy> {
  const url = new URL(target);
  const socketPath = `${url.searchParams.get('host') ?? ''}/.s.PGSQL.${url.port === '' ? '5432' : url.port}`;
  const open = new Set<Socket>();
  const server = createServer((inbound) => {
    open.add(inbound);
    inbound.on('error', () => undefined);
    inbound.once('data', (request) => {
      if (!request.equals(SSL_REQUEST)) {
        inbound.destroy();
        return;
      }
      inbound.write('S');
      const encrypted = new TLSSocket(inbound, {
        isServer: true,
        cert: LOCALHOST_CERTIFICATE,
        key: LOCALHOST_KEY,
      });
      const outbound = connect(socketPath);
      encrypted.on('error', () => outbound.destroy());
      encrypted.on('close', () => outbound.destroy());
      outbound.on('error', () => encrypted.destroy());
      encrypted.pipe(outbound).pipe(encrypted);
    });
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
