import { Logger } from '@nestjs/common';

import { Program } from '../bootstrap/program';
import { supervise } from '../bootstrap/supervise';
import { PinoLogger } from '../common/logging/pino-logger';
import type { AppConfig } from '../config/app-config';

/** Runs the program in this process until a signal ends it, as `dist/src/main.js` does. */
export function serve(config: AppConfig): void {
  Logger.overrideLogger(new PinoLogger(config.logLevel, config.logFormat));
  supervise(new Program(config));
}
