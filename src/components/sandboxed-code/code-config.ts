import type { JsonObject } from '../../engine/core/json';

export const DEFAULT_MEMORY_MB = 256;
export const LEAST_MEMORY_MB = 64;
export const MOST_MEMORY_MB = 4096;

/** Code that says nothing may run as long as its step; this is the most it can ask for. */
export const MAX_TIMEOUT_SECONDS = 3600;

/** The fields that all code in the Linux sandbox has. */
export const CODE_LIMITS_SCHEMA = {
  memory_mb: {
    type: 'integer',
    minimum: LEAST_MEMORY_MB,
    maximum: MOST_MEMORY_MB,
    default: DEFAULT_MEMORY_MB,
    description: 'Memory of all its processes together, MiB.',
  },
  timeout_seconds: { type: 'number', exclusiveMinimum: 0, maximum: MAX_TIMEOUT_SECONDS },
} satisfies JsonObject;

/** Limits as a configuration gives them; absent ones have their defaults. */
export interface CodeLimits {
  readonly memoryMb: number;
  readonly timeoutSeconds: number | undefined;
}

/** Reads them from a configuration that has passed the schema. */
export function readCodeLimits(config: JsonObject): CodeLimits {
  return {
    memoryMb: (config.memory_mb as number | undefined) ?? DEFAULT_MEMORY_MB,
    timeoutSeconds: config.timeout_seconds as number | undefined,
  };
}
