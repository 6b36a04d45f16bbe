import { type AddressInfo, Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

import type { NestExpressApplication } from '@nestjs/platform-express';

import { AppError } from '../common/errors/app-error';
import type { AppConfig } from '../config/app-config';

/** What an operator can do about an address that cannot be taken. */
const REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there: stop it, or set PORT to another number (0: any free one)',
  EACCES: 'this user may not: set PORT to a number from 1024',
  EADDRNOTAVAIL: 'this machine has no such address: check HOST',
  ENOTFOUND: 'the name is not known: check HOST',
  EAI_AGAIN: 'the name is not known: check HOST',
};

/**
 * Begins to accept requests.
 *
 * @returns the address to reach it by, as a URL without a path
 * @throws AppError CONFLICT when the address cannot be taken
 */
export async function listen(app: NestExpressApplication, { host, port }: AppConfig): Promise<string> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const refusal = REFUSALS[(error as NodeJS.ErrnoException).code ?? ''];
    if (refusal === undefined) throw error;
    throw new AppError('CONFLICT', `Cannot listen on ${host}, port ${port}: ${refusal}`, { cause: error });
  }
  const { address, port: taken, family } = app.getHttpServer().address() as AddressInfo;
  // The unspecified address means all of them; this machine reaches it as localhost.
  const name = ['0.0.0.0', '::'].includes(address) ? 'localhost' : address;
  return `http://${family === 'IPv6' && name === address ? `[${name}]` : name}:${taken}`;
}

/**
 * Takes no new connection from now on. Those that are open stay, and what was on its way on them is still answered:
 * a client that is refused a connection knows that nothing was done, one whose request is cut off does not.
 */
export async function stopListening(app: NestExpressApplication): Promise<void> {
  // Not the close of an HTTP server, which ends connections that look idle, also where a request waits to be read.
  Server.prototype.close.call(app.getHttpServer());
  // A turn of the event loop reads those.
  await turn();
}
