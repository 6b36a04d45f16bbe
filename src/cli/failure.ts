import { CommanderError } from 'commander';

import { AppError } from '../common/errors/app-error';
import { ConfigError } from '../config/config-error';
import { isConnectionFailure } from '../database/connection-failure';
import { EXIT_CODES } from './exit-codes';

/** What ends a command: what a person is told, if anything, and the exit code. */
export interface Failure {
  readonly text: string | null;
  readonly exitCode: number;
}

/** The service at the other end said no, or nothing. */
export class ServiceError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
    this.name = 'ServiceError';
  }

  /** Whether the same request may be answered later. */
  get mayPass(): boolean {
    return this.exitCode === EXIT_CODES.serviceUnavailable;
  }
}

/** Turns whatever a command threw into one clear text. No stack trace is shown: it helps nobody who runs a command. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) {
    // Commander has written its text by then. Help that was asked for is no failure.
    return { text: null, exitCode: error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.badUse };
  }
  if (error instanceof ConfigError) return { text: error.message, exitCode: EXIT_CODES.badConfig };
  if (error instanceof AppError) return { text: error.message, exitCode: EXIT_CODES.failed };
  if (error instanceof ServiceError) return { text: error.message, exitCode: error.exitCode };
  if (isConnectionFailure(error)) {
    return { text: 'The connection to the database broke: try again', exitCode: EXIT_CODES.failed };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    text: `Something went wrong that this program does not know of: ${message}`,
    exitCode: EXIT_CODES.failed,
  };
}
