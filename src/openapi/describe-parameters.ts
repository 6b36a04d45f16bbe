import type { OpenAPIObject } from '@nestjs/swagger';

import { SEMANTIC_VERSION_PATTERN } from '../common/versioning/semantic-version';
import { isNode, type SchemaNode, walk } from './schema-walk';

/** Ids in paths that their authors chose, or that are of several kinds: no UUIDs. */
const OTHER_IDS: ReadonlySet<string> = new Set(['step_id', 'entity_id']);

/**
 * Says of parameters what the library cannot see, in place: what the pipes of path parameters ask for, and that a
 * header which is described is the same as the one which the handler reads (by a name in lower case, and needed).
 */
export function describeParameters(document: OpenAPIObject): void {
  walk(document.paths, (node) => {
    if (!Array.isArray(node.parameters)) return;
    const parameters = (node.parameters as unknown[]).filter(isNode);
    parameters.forEach(describePathParameter);
    node.parameters = parameters.filter((each) => !isShadow(each, parameters));
  });
}

function describePathParameter({ in: place, name, schema }: SchemaNode): void {
  if (place !== 'path' || typeof name !== 'string' || !isNode(schema) || !isPlainText(schema)) return;
  if (name.endsWith('_id') && !OTHER_IDS.has(name)) schema.format = 'uuid';
  if (name === 'version') schema.pattern = SEMANTIC_VERSION_PATTERN.source;
}

/** Whether nothing is said but that it is a text. */
function isPlainText(schema: SchemaNode): boolean {
  return schema.type === 'string' && Object.keys(schema).length === 1;
}

/** A header named again, in its described form. */
function isShadow(parameter: SchemaNode, all: readonly SchemaNode[]): boolean {
  return (
    parameter.in === 'header' &&
    all.some(
      (other) =>
        other !== parameter &&
        other.in === 'header' &&
        String(other.name).toLowerCase() === parameter.name &&
        other.description !== undefined,
    )
  );
}
