import type { Issue } from '../engine/core/issue';
import { isJsonObject } from '../engine/core/json';
import { compileParameters, type ParametersCheck } from '../engine/core/parameters';
import type { NestedStep } from './nested-steps';
import type { WorkflowTree } from './workflow-tree';

/**
 * What workflows certainly refuse of the parameters that steps call them with: constants, and members that are missing or
 * unknown. What expressions give is checked when the step runs.
 *
 * @param steps the steps that call workflows
 * @param tree what they call
 */
export function nestedParameterIssues(
  steps: readonly NestedStep[],
  { versions, nested }: Pick<WorkflowTree, 'versions' | 'nested'>,
): Issue[] {
  const checks = new Map<string, ParametersCheck>();
  return steps.flatMap(({ stepId, workflowDefinitionId, inputs: { template, path } }) => {
    const versionId = nested[stepId] ?? '';
    const called = versions.get(versionId);
    // Another step of the same id, which is told, may call another workflow.
    if (called?.workflowDefinitionId !== workflowDefinitionId) return [];
    // That they are no object is told whatever is called.
    if (!isJsonObject(template)) return [];
    const check = checks.get(versionId) ?? compileParameters(called.spec, []).check;
    checks.set(versionId, check);
    return check(template, path, 'template');
  });
}
