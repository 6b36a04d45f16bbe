import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';
import type { DataSource, DataSourceOptions } from 'typeorm';

import { AppError } from '../common/errors/app-error';
import { isConnectionFailure } from './connection-failure';
import { SharingDataSource } from './shared-transaction';

/** How long a starting process waits for PostgreSQL: the two are often started together. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 500;

/** What an operator can do about a server that answers but refuses, by SQLSTATE. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'the server refuses its user and password',
  '28000': 'the server refuses its user',
  '3D000': 'its database does not exist; create it first',
};

/**
 * Connects, waiting for a server that is not there yet.
 *
 * @param patienceMs how long to wait
 * @throws AppError UNAVAILABLE when the server stays away or refuses; the message shows no part of the URL
 */
export async function openDataSource(
  options: DataSourceOptions,
  patienceMs: number = PATIENCE_MS,
): Promise<DataSource> {
  const logger = new Logger('Database');
  const deadline = Date.now() + patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await new SharingDataSource(options).initialize();
    } catch (error) {
      if (!isConnectionFailure(error)) throw refused(error);
      if (Date.now() >= deadline) {
        throw new AppError(
          'UNAVAILABLE',
          `The database cannot be reached (${codeOf(error)}${forSeconds(patienceMs)}): check DATABASE_URL and that PostgreSQL runs`,
          { cause: error },
        );
      }
      if (attempt === 1) logger.warn(`The database cannot be reached (${codeOf(error)}), trying again`);
      await sleep(RETRY_MS);
    }
  }
}

/** The error to show for what the server said; a defect (a broken entity, say) stays as it is. */
function refused(error: unknown): unknown {
  const refusal = REFUSALS[codeOf(error)];
  if (refusal === undefined) return error;
  return new AppError('UNAVAILABLE', `DATABASE_URL: ${refusal}`, { cause: error });
}

/** Nothing for who was not to wait. */
function forSeconds(ms: number): string {
  return ms < 1_000 ? '' : `, for ${Math.round(ms / 1_000)} s`;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'no answer';
}
