import type { OpenAPIObject } from '@nestjs/swagger';

import { toSnakeCase } from '../common/wire/case';
import { isNode, type SchemaNode, walk } from './schema-walk';

/**
 * Makes of the document that @nestjs/swagger derives from our classes the one of what is on the wire, in place:
 * names in snake_case (by the function that converts them at run time), and OpenAPI 3.1's way to say "or null".
 */
export function toWireSchemas(document: OpenAPIObject): void {
  walk(document.components?.schemas ?? {}, (node) => {
    renameProperties(node);
    openAnyJson(node);
    spellOutNullable(node);
    unwrapSingleAllOf(node);
  });
  walk(document.paths, (node) => {
    if (node.in === 'query' && typeof node.name === 'string') node.name = toSnakeCase(node.name);
  });
}

function renameProperties(node: SchemaNode): void {
  if (!isNode(node.properties)) return;
  node.properties = Object.fromEntries(
    Object.entries(node.properties).map(([name, schema]) => [toSnakeCase(name), schema]),
  );
  if (Array.isArray(node.required)) node.required = (node.required as string[]).map(toSnakeCase);
}

/**
 * The decorators know no word for "any JSON value": our classes say it as an object of unknown fields that may be null
 * (`type: Object, nullable: true`). A schema says it by not naming a type.
 */
function openAnyJson(node: SchemaNode): void {
  const types = [node.type].flat();
  const isNullable = node.nullable === true || types.includes('null');
  const { properties, additionalProperties = true } = node;
  if (!types.includes('object') || !isNullable || properties !== undefined || additionalProperties !== true)
    return;
  for (const keyword of ['type', 'nullable', 'additionalProperties']) Reflect.deleteProperty(node, keyword);
}

/** 3.0 says `nullable: true`, 3.1 says that null is one of the types. */
function spellOutNullable(node: SchemaNode): void {
  if (node.nullable !== true) return;
  delete node.nullable;
  if (typeof node.type === 'string') node.type = [node.type, 'null'];
  if (Array.isArray(node.enum)) node.enum = [...(node.enum as unknown[]), null];
}

/** In 3.1 a reference may stand beside other keywords: the detour that 3.0 needed only clouds generated types. */
function unwrapSingleAllOf(node: SchemaNode): void {
  if (!Array.isArray(node.allOf) || node.allOf.length !== 1) return;
  const [only] = node.allOf as unknown[];
  if (!isNode(only) || typeof only.$ref !== 'string') return;
  delete node.allOf;
  node.$ref = only.$ref;
}
