import { LRUCache } from 'lru-cache';

import { AppError } from '../../common/errors/app-error';
import type { Issue } from '../../engine/core/issue';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import { MAX_OUTPUT_BYTES } from '../../engine/core/output-size';
import type { StepContext } from '../../engine/ports';
import type { Availability, Sandbox } from '../../security/sandbox/sandbox';
import { ScriptCompiler, type CompiledScript } from '../../security/script-sandbox/script-compiler';
import { ScriptPool } from '../../security/script-sandbox/script-pool';
import type {
  ScriptLimits,
  ScriptOutcome,
  SourcePosition,
} from '../../security/script-sandbox/script-protocol';
import { MAX_LOG_BYTES, MAX_LOG_LINE_CHARS, MAX_LOG_LINES } from '../bounded-log';
import type { ComponentCall, ComponentType } from '../component-type';
import { orAborted, withTimeLimit } from '../time-limit';
import { runOnNode } from './node-runtime';
import {
  MOST_MEMORY_MB,
  NODE_MEMORY_MB,
  readFields,
  SCRIPT_SCHEMA,
  type ScriptFields,
} from './script-config';

/** Compiled scripts that are kept: compiling takes about as long as a whole warm run. */
const KEPT_SCRIPTS = 256;

/** The thread stops itself this long after the step's limit, should this thread be too busy to end it. */
const GRACE_MS = 1000;

type FailedOutcome = Extract<ScriptOutcome, { ok: false }>;

/** Component type `typescript_script`: runs a function of the inputs in a sandbox without any way out. */
export class TypescriptScript implements ComponentType {
  readonly mcpType = 'typescript_script';
  readonly summary =
    'Runs a TypeScript function of the inputs in a sandbox without network, in QuickJS or on Node.';
  readonly configSchema = SCRIPT_SCHEMA;
  readonly example: JsonObject = {
    type: 'typescript_script',
    code: 'export default (inputs: { a: number; b: number }) => ({ sum: inputs.a + inputs.b });\n',
    timeout_seconds: 5,
  };

  readonly fieldsWithoutSecrets = ['code'];

  readonly executesCode = true;
  private readonly compiler = new ScriptCompiler();
  private readonly compiled = new LRUCache<string, CompiledScript>({ max: KEPT_SCRIPTS });

  constructor(
    private readonly sandbox: Sandbox,
    private readonly pool: ScriptPool = new ScriptPool(),
  ) {}

  /** Loads the compiler and starts a first thread, so that neither the first check nor the first run waits. */
  async prepare(): Promise<void> {
    const job = {
      code: 'export default () => null',
      inputs: 'null',
      limits: limitsOf(readFields(this.example), 5000),
    };
    const first = this.pool.run(job, { signal: new AbortController().signal, log: () => undefined });
    await Promise.all([first, this.compiler.compile(job.code)]);
  }

  /** QuickJS runs everywhere. */
  availability(config?: JsonObject): Availability {
    return config?.runtime === 'node' ? this.sandbox.code : { available: true, reason: null };
  }

  checkConfig(config: JsonObject): Issue[] {
    const { code, runtime, memoryMb } = readFields(config);
    if (runtime === 'node' ? memoryMb < NODE_MEMORY_MB.least : memoryMb > MOST_MEMORY_MB) {
      const allowed = runtime === 'node' ? `at least ${NODE_MEMORY_MB.least}` : `at most ${MOST_MEMORY_MB}`;
      return [{ path: 'memory_mb', message: `must be ${allowed} with the runtime ${runtime}` }];
    }
    const script = this.compiler.compileNow(code, runtime);
    if (!script.ok) return [issue(script.error.message, script.error.position)];
    if (!/\bexport\s+default\b|\bas\s+default\b/.test(script.value.code)) {
      return [issue('has no default export: write `export default (inputs) => …`', null)];
    }
    return [];
  }

  async run(call: ComponentCall, context: StepContext): Promise<JsonValue> {
    const fields = readFields(call.config);
    if (fields.runtime === 'node') return this.runOnNode(fields, call, context);
    const limit = withTimeLimit(context.signal, fields.timeoutSeconds);
    try {
      const script = await orAborted(this.compile(fields), limit.signal);
      const outcome = await this.pool.run(
        {
          code: script.code,
          inputs: JSON.stringify(call.inputs),
          limits: limitsOf(fields, call.timeoutMs),
        },
        {
          signal: limit.signal,
          log: (stream, level, message) => {
            context.log(stream, level, message);
          },
        },
      );
      if (!outcome.ok) throw failureOf(outcome, fields, script);
      return JSON.parse(outcome.json) as JsonValue;
    } finally {
      limit.clear();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.close(), this.compiler.close()]);
  }

  private async runOnNode(
    fields: ScriptFields,
    { inputs, timeoutMs }: ComponentCall,
    context: StepContext,
  ): Promise<JsonValue> {
    const script = await orAborted(this.compile(fields), context.signal);
    const { memoryMb, timeoutSeconds } = fields;
    return runOnNode(this.sandbox, { script, inputs, memoryMb, timeoutMs, timeoutSeconds }, context);
  }

  private async compile({ code, runtime }: ScriptFields): Promise<CompiledScript> {
    const key = `${runtime}:${code}`;
    const kept = this.compiled.get(key);
    if (kept !== undefined) return kept;
    const script = await this.compiler.compile(code, runtime);
    if (!script.ok) {
      const { message, position } = script.error;
      throw new AppError('SCRIPT_ERROR', describe(message, position), FINAL);
    }
    this.compiled.set(key, script.value);
    return script.value;
  }
}

/** The same script on the same inputs fails again. */
const FINAL = { retryable: false };

function limitsOf({ memoryMb, timeoutSeconds }: ScriptFields, timeoutMs: number): ScriptLimits {
  return {
    memoryMb,
    timeoutMs: Math.min(timeoutMs, (timeoutSeconds ?? Infinity) * 1000) + GRACE_MS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    maxLogLines: MAX_LOG_LINES,
    maxLogBytes: MAX_LOG_BYTES,
    maxLogLineChars: MAX_LOG_LINE_CHARS,
  };
}

function failureOf(outcome: FailedOutcome, fields: ScriptFields, script: CompiledScript): AppError {
  switch (outcome.failure) {
    case 'threw':
      return new AppError('SCRIPT_ERROR', describe(outcome.message, positionIn(outcome.stack, script)));
    case 'never_settles':
      return new AppError(
        'SCRIPT_ERROR',
        'The script waits for a promise that nothing can settle any more (there are no timers and no network in a script)',
        FINAL,
      );
    case 'no_default_export':
      return new AppError('SCRIPT_ERROR', 'The default export of the script is not a function', FINAL);
    case 'crashed':
      return new AppError('SCRIPT_ERROR', 'The script broke its interpreter (deep nesting does that)', {
        cause: outcome.message,
      });
    case 'timed_out':
      return new AppError('TIMEOUT', 'The script did not end within its time limit');
    case 'out_of_memory':
      return new AppError('OUT_OF_MEMORY', `The script used up its memory_mb (${fields.memoryMb})`);
    case 'output_too_large':
      return new AppError(
        'OUTPUT_TOO_LARGE',
        `The script’s result is larger than ${MAX_OUTPUT_BYTES} bytes as JSON`,
      );
  }
}

/** The innermost place of a QuickJS stack that lies in the script. */
function positionIn(stack: string, script: CompiledScript): SourcePosition | null {
  const found = /\(?script\.ts:(\d+):(\d+)\)?/.exec(stack);
  return found === null ? null : script.original({ line: Number(found[1]), column: Number(found[2]) });
}

function describe(message: string, position: SourcePosition | null): string {
  return position === null ? message : `${message} (line ${position.line}, column ${position.column})`;
}

function issue(message: string, position: SourcePosition | null): Issue {
  return { path: 'code', message: describe(message, position) };
}
