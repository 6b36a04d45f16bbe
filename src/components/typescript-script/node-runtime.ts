import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonValue } from '../../engine/core/json';
import type { StepContext } from '../../engine/ports';
import type { Sandbox } from '../../security/sandbox/sandbox';
import type { CompiledScript } from '../../security/script-sandbox/script-compiler';
import { runCode } from '../sandboxed-code/run-code';

const RUNNER = readFileSync(join(__dirname, 'node-runner.mjs'), 'utf8');

/** Of its memory, what Node takes beside the heap of JavaScript. */
const BESIDE_HEAP_MB = 32;
/** V8 aborts when its heap is full; so does nothing else that a script can do by accident. */
const EXIT_OUT_OF_MEMORY = 134;

/** One run of a script on Node. */
export interface NodeRun {
  readonly script: CompiledScript;
  readonly inputs: JsonValue;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly timeoutSeconds: number | undefined;
}

/** Runs a compiled script on Node in the sandbox. */
export function runOnNode(
  sandbox: Sandbox,
  { script, inputs, memoryMb, timeoutMs, timeoutSeconds }: NodeRun,
  context: StepContext,
): Promise<JsonValue> {
  return runCode(
    sandbox,
    {
      command: sandbox.node,
      args: [`--max-old-space-size=${memoryMb - BESIDE_HEAP_MB}`, '--input-type=module', '--eval', RUNNER],
      input: JSON.stringify({ code: script.code, inputs }),
      memoryMb,
      timeoutMs,
      timeoutSeconds,
      exitOutOfMemory: EXIT_OUT_OF_MEMORY,
      original: script.original,
    },
    context,
  );
}
