#!/usr/bin/env node
import 'reflect-metadata';

import { Logger } from '@nestjs/common';

import { AppError } from '../common/errors/app-error';
import { PinoLogger } from '../common/logging/pino-logger';
import type { AppConfig } from '../config/app-config';
import { ConfigError, EXIT_CODE_BAD_CONFIG } from '../config/config-error';
import { loadConfig } from '../config/load-config';
import { rotateEncryptionKey } from './rotate-encryption-key';

/** What is done, by the name it is called by; gives the line that tells the outcome. */
const COMMANDS: Readonly<Record<string, (config: AppConfig) => Promise<string>>> = {
  'rotate-encryption-key': rotateEncryptionKey,
};

const EXIT_CODE_BAD_USE = 64;

void main(process.argv.slice(2));

/** `mcp-backend COMMAND`, with the environment that the program runs in. */
async function main([name = '', ...rest]: readonly string[]): Promise<void> {
  const command = rest.length === 0 && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`Usage: mcp-backend ${Object.keys(COMMANDS).join(' | ')}\n`);
    process.exitCode = EXIT_CODE_BAD_USE;
    return;
  }
  try {
    const config = loadConfig();
    Logger.overrideLogger(new PinoLogger('warn', config.logFormat));
    process.stdout.write(`${await command(config)}\n`);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof AppError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error instanceof ConfigError ? EXIT_CODE_BAD_CONFIG : 1;
  }
}
