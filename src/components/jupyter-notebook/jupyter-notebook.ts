import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Issue } from '../../engine/core/issue';
import { isJsonObject, type JsonObject, type JsonValue } from '../../engine/core/json';
import type { StepContext } from '../../engine/ports';
import type { Availability, Sandbox } from '../../security/sandbox/sandbox';
import type { ComponentCall, ComponentType } from '../component-type';
import { namedInputs } from '../named-inputs';
import { readCodeLimits } from '../sandboxed-code/code-config';
import { findPython, PYTHON } from '../sandboxed-code/find-python';
import { runCode } from '../sandboxed-code/run-code';
import { DEFAULT_MEMORY_MB, EXAMPLE_NOTEBOOK, NOTEBOOK_SCHEMA } from './notebook-config';

const RUNNER = readFileSync(join(__dirname, 'runner.py'), 'utf8');
const ARGS = ['-I', '-B', '-u', '-W', 'ignore', '-c', RUNNER];

/** What the runner imports; Debian has them as python3-nbclient and python3-ipykernel. */
const PACKAGES = ['nbclient', 'ipykernel'];

/** Component type `jupyter_notebook`: executes a notebook by a real kernel in the Linux sandbox. */
export class JupyterNotebook implements ComponentType {
  readonly mcpType = 'jupyter_notebook';
  readonly summary =
    'Executes a Jupyter notebook in a sandbox without network, and keeps what its cells showed.';
  readonly executesCode = true;
  readonly configSchema = NOTEBOOK_SCHEMA;
  readonly example: JsonObject = {
    type: 'jupyter_notebook',
    notebook: EXAMPLE_NOTEBOOK,
    timeout_seconds: 60,
  };

  /** As `prepare` finds it. */
  private python: Availability = { available: true, reason: null };

  constructor(private readonly sandbox: Sandbox) {}

  async prepare(): Promise<void> {
    this.python = await findPython(this.sandbox, PACKAGES);
  }

  availability(): Availability {
    return this.sandbox.code.available ? this.python : this.sandbox.code;
  }

  checkConfig(config: JsonObject): Issue[] {
    const { metadata } = config.notebook as { metadata?: JsonValue };
    const kernel = isJsonObject(metadata) && isJsonObject(metadata.kernelspec) ? metadata.kernelspec : {};
    if (kernel.language === undefined || kernel.language === 'python') return [];
    return [
      { path: 'notebook.metadata.kernelspec.language', message: 'must be python: there is no other kernel' },
    ];
  }

  async run(call: ComponentCall, context: StepContext): Promise<JsonValue> {
    const { config } = call;
    return runCode(
      this.sandbox,
      {
        command: PYTHON,
        args: ARGS,
        input: JSON.stringify({
          notebook: config.notebook,
          inputs: namedInputs('jupyter_notebook', call.inputs),
        }),
        ...readCodeLimits(config, DEFAULT_MEMORY_MB),
        timeoutMs: call.timeoutMs,
      },
      context,
    );
  }
}
