import type { JsonValue } from '../../../src/engine/core/json';
import { PythonScript } from '../../../src/components/python-script/python-script';
import { TypescriptScript } from '../../../src/components/typescript-script/typescript-script';
import type { Sandbox } from '../../../src/security/sandbox/sandbox';
import { PATIENCE_MS } from '../../support/eventually';
import { ComponentHarness } from '../components/component-harness';

/** A language that attacks are written in. */
export type Language = 'python' | 'node';

/** An attack in each language: the body of the function that is called. */
export type Attack = Readonly<Record<Language, string>>;

/** Runs attacks as components do, with a small limit of memory so that it is met soon. */
export class AttackedCode {
  private readonly python: PythonScript;
  private readonly script: TypescriptScript;

  constructor(sandbox: Sandbox) {
    this.python = new PythonScript(sandbox);
    this.script = new TypescriptScript(sandbox);
  }

  /** What the attack returned; rejects as the step would fail. */
  run(language: Language, attack: Attack, inputs: JsonValue = {}): Promise<JsonValue> {
    return this.harness(language).run(this.config(language, attack), { inputs });
  }

  harness(language: Language): ComponentHarness {
    return new ComponentHarness(language === 'python' ? this.python : this.script);
  }

  config(language: Language, attack: Attack) {
    const limits = { memory_mb: 128, timeout_seconds: PATIENCE_MS / 1_000 };
    if (language === 'python') return { ...limits, code: `def main(inputs):\n${indent(attack.python)}` };
    return { ...limits, runtime: 'node', code: `export default async (inputs) => {\n${attack.node}\n}` };
  }

  /** Whether the service still does its work: another run of each language succeeds. */
  async goesOn(): Promise<boolean> {
    const fine = { python: 'return "fine"', node: 'return "fine"' };
    const [python, node] = await Promise.all([this.run('python', fine), this.run('node', fine)]);
    return python === 'fine' && node === 'fine';
  }

  async close(): Promise<void> {
    await this.script.close();
  }
}

function indent(body: string): string {
  return body
    .trim()
    .split('\n')
    .map((line) => `    ${line}\n`)
    .join('');
}
