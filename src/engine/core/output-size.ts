import type { JsonValue } from './json';
import type { StepError } from './unit';

/** The largest output of a step, bytes of JSON. It is stored whole and shown whole, so it bounds both. */
export const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/**
 * Levels of lists and objects in an output. V8 writes no JSON that is some thousands of levels deep, and PostgreSQL reads
 * none: what a far side has sent must fail its step, not the run. What is built around it later has room above.
 */
export const MAX_OUTPUT_DEPTH = 1_000;

/** What is wrong with an output of more levels. */
export const TOO_DEEP = {
  code: 'OUTPUT_TOO_LARGE',
  message: `The output is nested deeper than the ${MAX_OUTPUT_DEPTH} levels that are allowed`,
} as const satisfies StepError;

/** How many bytes of JSON a value takes. */
export function jsonBytes(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** What is wrong with an output of so many bytes; null when it is small enough. */
export function outputSizeFault(bytes: number): StepError | null {
  if (bytes <= MAX_OUTPUT_BYTES) return null;
  return {
    code: 'OUTPUT_TOO_LARGE',
    message: `The output has ${bytes} bytes of JSON; a step may give ${MAX_OUTPUT_BYTES}`,
  };
}
