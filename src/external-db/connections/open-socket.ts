import { once } from 'node:events';
import type { Socket } from 'node:net';

import type { EgressSockets } from '../../security/egress/egress-sockets';

/**
 * A connected socket, for drivers that want one.
 *
 * @throws AppError EGRESS_DENIED, or Node's error
 */
export async function openSocket(sockets: EgressSockets, host: string, port: number): Promise<Socket> {
  const socket = sockets.connect(host, port);
  await once(socket, 'connect');
  return socket;
}
