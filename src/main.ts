import 'reflect-metadata';

import { Logger } from '@nestjs/common';

import { Program } from './bootstrap/program';
import { supervise } from './bootstrap/supervise';
import { PinoLogger } from './common/logging/pino-logger';
import type { AppConfig } from './config/app-config';
import { ConfigError, EXIT_CODE_BAD_CONFIG } from './config/config-error';
import { loadConfig } from './config/load-config';

const config = loadConfigOrExit();
Logger.overrideLogger(new PinoLogger(config.logLevel, config.logFormat));
supervise(new Program(config));

function loadConfigOrExit(): AppConfig {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CODE_BAD_CONFIG);
  }
}
