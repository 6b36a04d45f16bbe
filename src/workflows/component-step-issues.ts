import { isUuid } from '../common/wire/is-uuid';
import type { ResolvedComponent } from '../definitions/component-catalog.service';
import { toolFault } from '../definitions/tool-fault';
import type { Issue } from '../engine/core/issue';
import type { ComponentStep } from './component-steps';

/** What is wrong with ids that cannot be looked up: JSON Schema's `uuid` also takes `urn:uuid:`. */
export function malformedIdIssues(
  references: readonly { readonly path: string; readonly id: string }[],
): Issue[] {
  return references.filter(({ id }) => !isUuid(id)).map(({ path }) => ({ path, message: 'must be a UUID' }));
}

/**
 * What is wrong with how steps use components.
 *
 * @param resolved what each step's reference means, in the steps' order
 */
export function componentStepIssues(
  steps: readonly ComponentStep[],
  resolved: readonly ResolvedComponent[],
): Issue[] {
  return steps.flatMap((step, index) => {
    const found = resolved[index];
    const issue = found === undefined ? null : issueOf(step, found);
    return issue === null ? [] : [issue];
  });
}

function issueOf(
  { path, mcpDefinitionId, version, tool }: ComponentStep,
  found: ResolvedComponent,
): Issue | null {
  if (found.mcpType === null) {
    return { path: `${path}.mcp_definition_id`, message: `there is no MCP definition ${mcpDefinitionId}` };
  }
  if (found.versionId === null) {
    return { path: `${path}.version`, message: `the MCP definition has no version ${version ?? ''}` };
  }
  const fault = toolFault(found.mcpType, tool);
  return fault === null ? null : { path: `${path}.tool`, message: fault };
}
