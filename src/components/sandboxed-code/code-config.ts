import type { JsonObject } from '../../engine/core/json';
import { TIMEOUT_SECONDS_SCHEMA } from '../time-limit';

export const DEFAULT_MEMORY_MB = 256;
export const LEAST_MEMORY_MB = 64;
export const MOST_MEMORY_MB = 4096;

/** The fields that all code in the Linux sandbox has. */
export const CODE_LIMITS_SCHEMA = {
  memory_mb: {
    type: 'integer',
    minimum: LEAST_MEMORY_MB,
    maximum: MOST_MEMORY_MB,
    default: DEFAULT_MEMORY_MB,
    description: 'Memory of all its processes together, MiB.',
  },
  timeout_seconds: TIMEOUT_SECONDS_SCHEMA,
} satisfies JsonObject;

/** Limits as a configuration gives them; absent ones have their defaults. */
export interface CodeLimits {
  readonly memoryMb: number;
  readonly timeoutSeconds: number | undefined;
}

/** Reads them from a configuration that has passed the schema. */
export function readCodeLimits(config: JsonObject, defaultMemoryMb = DEFAULT_MEMORY_MB): CodeLimits {
  return {
    memoryMb: (config.memory_mb as number | undefined) ?? defaultMemoryMb,
    timeoutSeconds: config.timeout_seconds as number | undefined,
  };
}
