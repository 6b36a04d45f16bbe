import type { OpenAPIObject } from '@nestjs/swagger';

import { isNode, type SchemaNode, walk } from './schema-walk';

/** The most characters of a text that is limited by nothing else: PostgreSQL keeps a gigabyte in one value. */
export const MOST_CHARACTERS = 2 ** 30 - 1;

/** The most items of a list that is limited by nothing else: each takes at least a byte of such a text. */
export const MOST_ITEMS = 2 ** 30 - 1;

/** The texts of these formats have a greatest length of their own. */
const FORMAT_LENGTHS: Readonly<Record<string, number>> = { uuid: 36, 'date-time': 64, date: 32 };

const INT32_MOST = 2 ** 31 - 1;

/**
 * States in place what holds for every text, list and whole number of the document that says nothing of its size, so
 * that clients in other languages know what they must be able to hold.
 */
export function stateLimits(document: OpenAPIObject): void {
  walk(document.components?.schemas ?? {}, limit);
  walk(document.paths, (node) => {
    if (isNode(node.schema)) walk(node.schema, limit);
  });
}

function limit(schema: SchemaNode): void {
  if ('enum' in schema || 'const' in schema) return;
  const types = [schema.type].flat();
  if (types.includes('string')) schema.maxLength ??= FORMAT_LENGTHS[String(schema.format)] ?? MOST_CHARACTERS;
  if (types.includes('array')) schema.maxItems ??= MOST_ITEMS;
  if (types.includes('integer')) limitInteger(schema);
}

/** Whole numbers are those that JSON's readers agree on. */
function limitInteger(schema: SchemaNode): void {
  if (schema.exclusiveMinimum === undefined) schema.minimum ??= Number.MIN_SAFE_INTEGER;
  schema.maximum ??= Number.MAX_SAFE_INTEGER;
  schema.format ??= Number(schema.maximum) <= INT32_MOST ? 'int32' : 'int64';
}
