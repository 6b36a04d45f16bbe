import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';

import type { LogFormat, LogLevel } from '../../config/app-config';
import { redactText } from '../redaction/redact-text';
import { currentTrace } from '../tracing/tracing';
import { currentLogFields } from './log-fields';
import { redactFields } from './redact-fields';

/**
 * What Nest tells of its own wiring at every start. What fails there it throws as well, and whoever started it says so in
 * words of ours.
 */
const FRAMEWORK_CONTEXTS = new Set([
  'ExceptionHandler',
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
]);

/** Nest's logger on pino: one JSON object a line, or lines for people. Secrets are taken out. */
export class PinoLogger implements LoggerService {
  private readonly pino: Logger;

  /** @param destination where lines go; standard output otherwise */
  constructor(level: LogLevel, format: LogFormat, destination: DestinationStream = logStream(format, 1)) {
    this.pino = pino({ level, base: null, redact: redactFields }, destination);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Nest's convention: the context comes last, an error's stack before it. */
  private write(level: pino.Level, message: unknown, rest: readonly unknown[]): void {
    const context = rest.at(-1);
    const isFramework = typeof context === 'string' && FRAMEWORK_CONTEXTS.has(context);
    const actual = isFramework && (level === 'info' || level === 'error') ? 'debug' : level;
    if (!this.pino.isLevelEnabled(actual)) return;
    const extras = typeof context === 'string' ? rest.slice(0, -1) : rest;
    const { text, fields } = partsOf(message);
    const stack = stackOf([message, ...extras]);
    this.pino[actual](
      {
        ...(typeof context === 'string' && { context }),
        ...currentLogFields(),
        ...traceIds(),
        ...fields,
        ...(stack !== undefined && { stack: redactText(stack) }),
      },
      redactText(text),
    );
  }
}

/** By the names that OpenTelemetry gives them in logs. */
function traceIds(): { readonly trace_id?: string; readonly span_id?: string } {
  const trace = currentTrace();
  return trace === null ? {} : { trace_id: trace.traceId, span_id: trace.spanId };
}

/**
 * Synchronous: what was logged before an exit or a crash has been written.
 *
 * @param descriptor 1 for standard output, 2 for standard error, which leaves the output to what was asked for
 */
export function logStream(format: LogFormat, descriptor: 1 | 2): DestinationStream {
  if (format === 'json') return pino.destination({ dest: descriptor, sync: true });
  return pretty({
    sync: true,
    destination: descriptor,
    colorize: (descriptor === 1 ? process.stdout : process.stderr).isTTY,
    translateTime: 'SYS:HH:MM:ss',
    // For people, the text is enough.
    ignore: 'context,request_id,run_id,step_id,trace_id,span_id',
    messageFormat: (log, key) => {
      const text = String(log[key]);
      return typeof log['context'] === 'string' ? `${log['context']}: ${text}` : text;
    },
  });
}

/** An object's `message` is the text of its line, and the rest its fields. */
function partsOf(message: unknown): { text: string; fields: Record<string, unknown> } {
  if (message instanceof Error) return { text: message.message, fields: {} };
  if (typeof message !== 'object' || message === null) return { text: String(message), fields: {} };
  const { message: text, ...fields } = message as Record<string, unknown>;
  return { text: typeof text === 'string' ? text : '', fields };
}

function stackOf(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    if (value instanceof Error) return value.stack;
    if (typeof value === 'string' && /\n[ \t]+at /.test(value)) return value;
  }
  return undefined;
}
