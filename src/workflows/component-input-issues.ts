import { inputsFault } from '../components/named-inputs';
import type { ResolvedComponent } from '../definitions/component-catalog.service';
import type { Issue } from '../engine/core/issue';
import type { JsonObject } from '../engine/core/json';
import { compileSchema, type SchemaCheck } from '../engine/core/json-schema';
import { mayBeAny } from '../engine/core/template-scanner';
import type { ComponentStep } from './component-steps';

/**
 * What components certainly refuse of what steps give them: what their type cannot take, constants that break their
 * `input_schema`, and members that are missing or unknown. What expressions give is checked when the step runs.
 *
 * @param resolved what each step's reference means, in the steps' order
 * @param schemas the components' `input_schema` by the version's id; one without takes anything
 */
export function componentInputIssues(
  steps: readonly ComponentStep[],
  resolved: readonly ResolvedComponent[],
  schemas: ReadonlyMap<string, JsonObject>,
): Issue[] {
  const checks = new Map<string, SchemaCheck>();
  for (const [versionId, schema] of schemas) {
    const compiled = compileSchema(schema);
    if (compiled.ok) checks.set(versionId, compiled.value);
  }
  return steps.flatMap(({ inputs: { template, path } }, index) => {
    const { mcpType = null, versionId = null } = resolved[index] ?? {};
    const fault = mcpType === null || mayBeAny(template) ? null : inputsFault(mcpType, template);
    if (fault !== null) return [{ path, message: fault }];
    return checks.get(versionId ?? '')?.(template, path, 'template') ?? [];
  });
}
