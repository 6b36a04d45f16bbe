import { compileExpression } from './expression';
import type { Expression, Reference } from './expression';
import type { Issue } from './issue';
import type { JsonValue } from './json';
import { suggest } from './suggest';
import { compileStrings } from './template';
import type { PlacedExpression, Template } from './template';

/** The names that a workflow's expressions may use. */
export const WORKFLOW_ROOTS = ['params', 'steps', 'run'] as const;

/** The names that the inputs of a `for_each` step may use beside them. */
export const ITEM_ROOTS = ['item', 'index'] as const;

/** The members of the root `run`, before and after the run has failed. */
export const RUN_MEMBERS: readonly string[] = ['id', 'created_at'];
export const FAILED_RUN_MEMBERS: readonly string[] = [...RUN_MEMBERS, 'error'];

/** The members of the roots `steps.<id>`. */
const STEP_MEMBERS: readonly string[] = ['status', 'output', 'error'];

/** Stands in for what did not compile; a plan with issues is never handed out. */
const NOTHING: Template = {
  references: [],
  expressions: [],
  secretNames: [],
  isConstant: true,
  render: () => ({ ok: true, value: null }),
};

/** What a list of steps is compiled in. */
export interface CompileContext {
  /** The steps that can be needed: those of the list itself. */
  readonly neededIds: readonly string[];
  /** The steps that expressions may read: those that can be needed, and those that have ended before. */
  readonly knownIds: readonly string[];
  readonly runMembers: readonly string[];
  /** Everything wrong that was found so far. */
  readonly issues: Issue[];
}

/**
 * Compiles a document with expressions over the workflow's names.
 *
 * @param more names beside those
 */
export function compileDocument(
  source: JsonValue,
  at: string,
  context: CompileContext,
  more: readonly string[] = [],
): Template {
  const { template, issues } = compileStrings(source, [...WORKFLOW_ROOTS, ...more], { at });
  context.issues.push(...issues);
  checkReferences(template.expressions, context);
  return issues.length > 0 ? NOTHING : template;
}

/** Compiles a member that is an expression as a whole, such as `when`; null when something is wrong with it. */
export function compileWhole(source: string, at: string, context: CompileContext): Expression | null {
  if (source.includes('${{')) {
    context.issues.push({ path: at, message: 'is an expression as a whole: write it without ${{ }}' });
    return null;
  }
  const compiled = compileExpression(source, WORKFLOW_ROOTS);
  if (!compiled.ok) {
    context.issues.push({ path: at, message: compiled.error.message });
    return null;
  }
  checkReferences([{ path: at, expression: compiled.value }], context);
  return compiled.value;
}

/** The steps that an expression's references need. */
export function neededSteps(references: readonly Reference[], { neededIds }: CompileContext): string[] {
  return references
    .map(([root, id]) => (root === 'steps' ? id : undefined))
    .filter((id) => id !== undefined)
    .filter((id) => neededIds.includes(id));
}

/** Adds what the expressions name and the workflow does not have, once for each place. */
function checkReferences(placed: readonly PlacedExpression[], context: CompileContext): void {
  for (const [path, group] of Map.groupBy(placed, (entry) => entry.path)) {
    const messages = group.flatMap(({ expression }) =>
      expression.references.map((reference) => referenceFault(reference, context)),
    );
    for (const message of new Set(messages)) {
      if (message !== null) context.issues.push({ path, message });
    }
  }
}

function referenceFault(
  [root, first, second]: Reference,
  { knownIds, runMembers }: CompileContext,
): string | null {
  if (root === 'run' && first !== undefined && !runMembers.includes(first)) {
    return `"run.${first}" is not known${suggest(first, runMembers)}`;
  }
  if (root !== 'steps') return null;
  // Which steps a step needs has to be known before anything runs.
  if (first === undefined) return '"steps" must be followed by the id of a step: steps.<id>.output';
  if (!knownIds.includes(first)) return `"steps.${first}" is not a step${suggest(first, knownIds)}`;
  if (second === undefined || STEP_MEMBERS.includes(second)) return null;
  return `"steps.${first}.${second}" is not known${suggest(second, STEP_MEMBERS)}`;
}
