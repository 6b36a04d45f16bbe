import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Issue } from '../../engine/core/issue';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import type { StepContext } from '../../engine/ports';
import type { Availability, Sandbox } from '../../security/sandbox/sandbox';
import type { ComponentCall, ComponentType } from '../component-type';
import { CODE_LIMITS_SCHEMA, readCodeLimits } from '../sandboxed-code/code-config';
import { findPython, PYTHON } from '../sandboxed-code/find-python';
import { runCode } from '../sandboxed-code/run-code';

const MAX_CODE_CHARS = 256 * 1024;

const RUNNER = readFileSync(join(__dirname, 'runner.py'), 'utf8');

/** Isolated from the user's packages and variables; unbuffered, so that lines come when they are printed. */
const ARGS = ['-I', '-B', '-u', '-c', RUNNER];

/** Component type `python_script`: runs `main(inputs)` of a Python script in the Linux sandbox. */
export class PythonScript implements ComponentType {
  readonly mcpType = 'python_script';
  readonly summary = 'Runs a Python function of the inputs in a sandbox without network.';
  readonly fieldsWithoutSecrets = ['code'];

  readonly executesCode = true;
  readonly configSchema: JsonObject = {
    type: 'object',
    title: 'Python script',
    required: ['type', 'code'],
    additionalProperties: false,
    properties: {
      type: { const: 'python_script' },
      code: {
        type: 'string',
        minLength: 1,
        maxLength: MAX_CODE_CHARS,
        description:
          'A Python module with a function `main(inputs)`; what it returns must be JSON. It has the standard library, the packages of the system’s Python, and a /tmp of its own.',
      },
      ...CODE_LIMITS_SCHEMA,
    },
  };
  readonly example: JsonObject = {
    type: 'python_script',
    code: 'def main(inputs):\n    return {"sum": inputs["a"] + inputs["b"]}\n',
    timeout_seconds: 10,
  };

  /** As `prepare` finds it. */
  private python: Availability = { available: true, reason: null };

  constructor(private readonly sandbox: Sandbox) {}

  async prepare(): Promise<void> {
    this.python = await findPython(this.sandbox, []);
  }

  availability(): Availability {
    return this.sandbox.code.available ? this.python : this.sandbox.code;
  }

  checkConfig(config: JsonObject): Issue[] {
    if (/^(async\s+)?def\s+main\s*\(|^main\s*=/m.test(config.code as string)) return [];
    return [{ path: 'code', message: 'has no function main: write `def main(inputs): …`' }];
  }

  run(call: ComponentCall, context: StepContext): Promise<JsonValue> {
    return runCode(
      this.sandbox,
      {
        command: PYTHON,
        args: ARGS,
        input: JSON.stringify({ code: call.config.code, inputs: call.inputs }),
        ...readCodeLimits(call.config),
        timeoutMs: call.timeoutMs,
      },
      context,
    );
  }
}
