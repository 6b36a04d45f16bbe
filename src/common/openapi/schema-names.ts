/**
 * Schemas that the OpenAPI document takes from the program's own JSON Schemas; `src/openapi` puts them in under
 * these names, and decorators refer to them.
 */
export const SCHEMA_NAMES = {
  config: 'ComponentConfig',
  workflowSpec: 'WorkflowSpec',
  configuration: 'ConfigurationDocument',
  mcpJson: 'McpJson',
  serverJson: 'ServerJson',
} as const;

/** A reference to one of them, as the schema of a body or an answer. */
export function schemaReference(name: keyof typeof SCHEMA_NAMES): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${SCHEMA_NAMES[name]}` };
}

/**
 * Marks a reference to a DTO that takes the fields of a workflow's spec beside its own. `src/openapi` writes them
 * into the DTO's schema: `allOf` with the spec, which is closed, would refuse the DTO's own fields.
 */
export const WITH_SPEC = 'x-with-workflow-spec';

/** A component's configuration, in a decorator. */
export const CONFIG_SCHEMA = { allOf: [{ $ref: `#/components/schemas/${SCHEMA_NAMES.config}` }] };

/** A workflow's spec, in a decorator. */
export const SPEC_SCHEMA = { allOf: [{ $ref: `#/components/schemas/${SCHEMA_NAMES.workflowSpec}` }] };

/** Labels, in a decorator. */
export const LABELS_SCHEMA = {
  type: 'object' as const,
  additionalProperties: { type: 'string' as const },
  example: { team: 'ops' },
};
