import { SCHEMA_NAMES, WITH_SPEC } from '../common/openapi/schema-names';
import { isNode, type SchemaNode, walk } from './schema-walk';

/**
 * Writes the fields of the workflow spec into every schema that a marked reference names (see `WITH_SPEC`), in
 * place, and takes the marks away.
 *
 * @param schemas the document's `components.schemas`, the spec's own among them
 */
export function writeSpecFields(paths: unknown, schemas: SchemaNode): void {
  const spec = schemas[SCHEMA_NAMES.workflowSpec];
  if (!isNode(spec)) throw new Error('The document has no schema of the workflow spec');
  walk(paths, (node) => {
    const mark = node[WITH_SPEC];
    if (mark === undefined || typeof node.$ref !== 'string') return;
    Reflect.deleteProperty(node, WITH_SPEC);
    const target = schemas[node.$ref.slice(node.$ref.lastIndexOf('/') + 1)];
    if (!isNode(target)) throw new Error(`The document has no ${node.$ref}`);
    target.properties = { ...(target.properties as SchemaNode), ...(spec.properties as SchemaNode) };
    const needed = namesOf(spec.required);
    if (mark === 'required') {
      target.required = [...new Set([...namesOf(target.required), ...needed])];
    } else {
      // Left out as a whole, or given as a whole: a part of a spec is none.
      target.dependentRequired = Object.fromEntries(
        Object.keys(spec.properties as SchemaNode)
          .filter((name) => !needed.includes(name))
          .map((name) => [name, needed]),
      );
    }
  });
}

function namesOf(required: unknown): readonly string[] {
  return (required as readonly string[] | undefined) ?? [];
}
