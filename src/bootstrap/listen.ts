import type { AddressInfo } from 'node:net';

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
