import { Logger } from '@nestjs/common';

import { AppError } from '../common/errors/app-error';
import type { Program } from './program';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * One Ctrl-C may arrive twice: npm passes on what the terminal has already sent to the whole process group. Only a
 * later one is meant as "now".
 */
const SAME_SIGNAL_MS = 500;

/**
 * Runs the program until a signal or a defect ends it: exit code 0 for a signal, 1 for a start that failed or a
 * defect. Nest's own shutdown hooks are not used; they end with 143.
 */
export function supervise(program: Program): void {
  const logger = new Logger('Program');
  let stoppingSince: number | null = null;

  const stop = async (exitCode: number): Promise<void> => {
    stoppingSince = Date.now();
    setTimeout(() => {
      logger.error(`The shutdown takes longer than ${program.stopPatienceMs / 1_000} s, exiting`);
      program.abandon();
      process.exit(1);
    }, program.stopPatienceMs).unref();
    try {
      await program.stop();
    } catch (error) {
      logger.error(error);
    }
    process.exit(exitCode);
  };

  const fail = (error: unknown): void => {
    // A message of ours says all there is to know; anything else is a defect, and its stack helps.
    logger.fatal(error instanceof AppError ? error.message : error);
    if (stoppingSince === null) void stop(1);
  };

  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (stoppingSince === null) {
        logger.log('Stopping');
        void stop(0);
      } else if (Date.now() - stoppingSince > SAME_SIGNAL_MS) {
        program.abandon();
        process.exit(1);
      }
    });
  }
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  program.start().catch((error: unknown) => {
    if (stoppingSince === null) fail(error);
  });
}
