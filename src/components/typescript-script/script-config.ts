import type { JsonObject } from '../../engine/core/json';
import type { ScriptRuntime } from '../../security/script-sandbox/script-protocol';
import { TIMEOUT_SECONDS_SCHEMA } from '../time-limit';

export const DEFAULT_MEMORY_MB = 64;
export const MOST_MEMORY_MB = 256;
/** The interpreter takes 16 MB before it runs anything. */
export const LEAST_MEMORY_MB = 24;

/** On Node, all of whose memory counts. */
export const NODE_MEMORY_MB = { default: 256, least: 64, most: 4096 };

/** Parsing is linear, but happens on the main thread when a configuration is saved. */
export const MAX_CODE_CHARS = 256 * 1024;

export const SCRIPT_SCHEMA: JsonObject = {
  type: 'object',
  title: 'TypeScript script',
  required: ['type', 'code'],
  additionalProperties: false,
  properties: {
    type: { const: 'typescript_script' },
    code: {
      type: 'string',
      minLength: 1,
      maxLength: MAX_CODE_CHARS,
      description:
        'A TypeScript module whose default export is a function of the inputs; it may be async. In quickjs it has no network, files, timers or imports; on node it has Node’s own modules, a /tmp of its own, and no network.',
    },
    runtime: {
      type: 'string',
      enum: ['quickjs', 'node'],
      default: 'quickjs',
      description: 'quickjs runs everywhere and starts in a millisecond; node needs the Linux sandbox.',
    },
    memory_mb: {
      type: 'integer',
      minimum: LEAST_MEMORY_MB,
      maximum: NODE_MEMORY_MB.most,
      description: `The interpreter’s whole memory. quickjs: up to ${MOST_MEMORY_MB}, ${DEFAULT_MEMORY_MB} if absent, about 16 for itself. node: from ${NODE_MEMORY_MB.least}, ${NODE_MEMORY_MB.default} if absent, about 45 for itself.`,
    },
    timeout_seconds: TIMEOUT_SECONDS_SCHEMA,
  },
};

/** What of a configuration matters to a run; absent fields have their defaults. */
export interface ScriptFields {
  readonly code: string;
  readonly runtime: ScriptRuntime;
  readonly memoryMb: number;
  readonly timeoutSeconds: number | undefined;
}

/** Reads a configuration that has passed the schema. */
export function readFields(config: JsonObject): ScriptFields {
  const runtime = (config.runtime as ScriptRuntime | undefined) ?? 'quickjs';
  return {
    code: config.code as string,
    runtime,
    memoryMb:
      (config.memory_mb as number | undefined) ??
      (runtime === 'node' ? NODE_MEMORY_MB.default : DEFAULT_MEMORY_MB),
    timeoutSeconds: config.timeout_seconds as number | undefined,
  };
}
