import { once } from 'node:events';

import type { EgressSockets } from '../../security/egress/egress-sockets';
import { CANCEL_PATIENCE_MS } from './database';

/** PostgreSQL "Message Formats", CancelRequest: length, request code 1234·5678, process id, secret key. */
const CANCEL_REQUEST_BYTES = 16;
const CANCEL_REQUEST_CODE = 80_877_102;

/** What the server told a connection about itself, for this purpose. */
export interface CancelKey {
  readonly processID: number;
  readonly secretKey: number;
}

/**
 * Asks the server to cancel what a connection runs, over a connection of its own as the protocol has it. The server
 * answers nothing: that the statement ends tells. It holds no secret but the key, so it goes unencrypted.
 */
export async function sendCancelRequest(
  sockets: EgressSockets,
  { host, port }: { readonly host: string; readonly port: number },
  { processID, secretKey }: CancelKey,
): Promise<void> {
  const message = Buffer.alloc(CANCEL_REQUEST_BYTES);
  message.writeInt32BE(CANCEL_REQUEST_BYTES, 0);
  message.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  message.writeInt32BE(processID, 8);
  message.writeInt32BE(secretKey, 12);
  const socket = sockets.connect(host, port);
  socket.setTimeout(CANCEL_PATIENCE_MS, () => socket.destroy(new Error('The server takes no connection')));
  await once(socket, 'connect');
  socket.end(message).resume();
  await once(socket, 'close');
}
