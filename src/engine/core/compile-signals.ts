import type { Issue } from './issue';
import { isJsonObject } from './json';
import type { SignalHolder } from './workflow-plan';
import { SIGNAL_BUILTINS } from './workflow-spec';
import type { SignalBuiltin, StepSpec } from './workflow-spec';

/** Which signal a step holds for; null: for none. An approval's is the step's own id. */
export function signalNameOf(spec: StepSpec): string | null {
  if (signalBuiltinOf(spec) === null) return null;
  const name = isJsonObject(spec.inputs) ? spec.inputs['name'] : undefined;
  return signalBuiltinOf(spec) === 'signal' && typeof name === 'string' ? name : spec.id;
}

/** The builtin, where it is one that holds for a signal. */
export function signalBuiltinOf({ uses }: StepSpec): SignalBuiltin | null {
  if (!('builtin' in uses)) return null;
  return SIGNAL_BUILTINS.find((name) => name === uses.builtin) ?? null;
}

/** A step and where it is written: `steps[3]`. */
export interface WrittenStep {
  readonly spec: StepSpec;
  readonly path: string;
}

/** What keeps signals from finding their one step: two that hold for the same, or one that is done many times. */
export function signalIssues(steps: readonly WrittenStep[]): Issue[] {
  const issues: Issue[] = [];
  const holders = new Map<string, string>();
  for (const { spec, path } of steps) {
    const name = signalNameOf(spec);
    if (name === null) continue;
    if (spec.for_each !== undefined) {
      const message = `is not for ${signalBuiltinOf(spec) ?? ''}: a signal is for one step, not for its items`;
      issues.push({ path: `${path}.for_each`, message });
    }
    const holder = holders.get(name);
    if (holder === undefined) holders.set(name, path);
    else {
      const message = `holds for the signal "${name}", which is that of ${holder}; give each a name of its own`;
      issues.push({ path, message });
    }
  }
  return issues;
}

/** Which step holds for which signal. */
export function signalHolders(steps: readonly WrittenStep[]): Map<string, SignalHolder> {
  const holders = new Map<string, SignalHolder>();
  for (const { spec } of steps) {
    const builtin = signalBuiltinOf(spec);
    const name = signalNameOf(spec);
    if (builtin !== null && name !== null) holders.set(name, { stepId: spec.id, builtin });
  }
  return holders;
}
