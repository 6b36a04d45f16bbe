import fc, { type Arbitrary } from 'fast-check';

import type { Operation, Parameter } from './api-document';
import { FRESH } from './contract-case';
import { COLLECTIONS, type KnownIds } from './domain-hints';

/** A UUID that nothing has. */
export const UNKNOWN_ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';

/** Path parameters that are no id, by their name. */
const OTHER_VALUES: Readonly<Record<string, string>> = {
  version: '1.0.0',
  step_id: 'first',
  entity_type: 'mcp_definition',
};

/** The path of the collection that a path parameter chooses from: what stands before it. */
export function collectionOf({ path }: Operation, { name }: Parameter): string {
  return path.slice(0, path.indexOf(`/{${name}}`));
}

/** Values of a path parameter that lead to something: an existing thing, or for a DELETE one made for it. */
export function tamePathValue(
  operation: Operation,
  parameter: Parameter,
  known: KnownIds,
): Arbitrary<string> {
  const other = OTHER_VALUES[parameter.name];
  if (other !== undefined) return fc.constant(other);
  if (parameter.name === 'entity_id')
    return fc.constantFrom(...(known[COLLECTIONS.components] ?? [UNKNOWN_ID]));
  if (isConsuming(operation) && operation.path.endsWith(`{${parameter.name}}`)) return fc.constant(FRESH);
  const ids = known[collectionOf(operation, parameter)] ?? [];
  return ids.length > 0 ? fc.constantFrom(...ids) : fc.constant(UNKNOWN_ID);
}

function isConsuming({ method }: Operation): boolean {
  return method === 'DELETE';
}
