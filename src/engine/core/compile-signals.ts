import type { Issue } from './issue';
import { isJsonObject } from './json';
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

/**
 * What keeps signals from finding their one step: two that hold for the same, or one that is done many times.
 *
 * @param at the path of the list of steps
 */
export function signalIssues(steps: readonly StepSpec[], at: string): Issue[] {
  const issues: Issue[] = [];
  const holders = new Map<string, number>();
  steps.forEach((step, index) => {
    const name = signalNameOf(step);
    if (name === null) return;
    if (step.for_each !== undefined) {
      const message = `is not for ${signalBuiltinOf(step) ?? ''}: a signal is for one step, not for its items`;
      issues.push({ path: `${at}[${index}].for_each`, message });
    }
    const holder = holders.get(name);
    if (holder === undefined) holders.set(name, index);
    else
      issues.push({
        path: `${at}[${index}]`,
        message: `holds for the signal "${name}", which is that of ${at}[${holder}]; give each a name of its own`,
      });
  });
  return issues;
}
