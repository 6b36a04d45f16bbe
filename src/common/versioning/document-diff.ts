import diff from 'microdiff';

import { memberPath } from '../../engine/core/member-path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../engine/core/json';

/** What happened to a place of a document. */
export const CHANGE_OPS = ['added', 'removed', 'changed', 'reordered'] as const;
export type ChangeOp = (typeof CHANGE_OPS)[number];

/** One difference between two documents. */
export interface DocumentChange {
  /** `steps.fetch.inputs.url`, or `args[2]`, or `headers["x-trace"]`. */
  readonly path: string;
  readonly op: ChangeOp;
  /** Absent for what was added. Of a reordered list: the ids in their order. */
  readonly before?: JsonValue;
  /** Absent for what was removed. */
  readonly after?: JsonValue;
}

/** Lists of a document whose items are told apart by an id rather than by their place: field → the id's field. */
export type KeyedLists = Readonly<Record<string, string>>;

/**
 * What leads from one document to another. Lists are compared place by place, save those of `keyedLists`, whose
 * items are compared with those of the same id and named by it: an added step is then one change, rather than a
 * change of every step after it.
 */
export function diffDocuments(
  before: JsonObject,
  after: JsonObject,
  keyedLists: KeyedLists = {},
): DocumentChange[] {
  const [from, to] = [plainCopy(before), plainCopy(after)];
  const reordered: DocumentChange[] = [];
  for (const [field, idField] of Object.entries(keyedLists)) {
    const [itemsBefore, itemsAfter] = [byId(from[field], idField), byId(to[field], idField)];
    if (itemsBefore === null || itemsAfter === null) continue;
    from[field] = itemsBefore;
    to[field] = itemsAfter;
    reordered.push(...orderChange(field, Object.keys(itemsBefore), Object.keys(itemsAfter)));
  }
  // Documents were JSON: they hold no cycles.
  const changes = diff(from, to, { cyclesFix: false }).map((difference): DocumentChange => {
    const path = difference.path.reduce(pathOfMember, '');
    switch (difference.type) {
      case 'CREATE':
        return { path, op: 'added', after: difference.value as JsonValue };
      case 'REMOVE':
        return { path, op: 'removed', before: difference.oldValue as JsonValue };
      case 'CHANGE':
        return {
          path,
          op: 'changed',
          before: difference.oldValue as JsonValue,
          after: difference.value as JsonValue,
        };
    }
  });
  return [...changes, ...reordered];
}

/** Without prototypes: microdiff asks `key in object`, and users may name a key `constructor` or `__proto__`. */
function plainCopy(value: JsonObject): JsonObject {
  const copy = Object.create(null) as JsonObject;
  for (const [key, member] of Object.entries(value)) copy[key] = plainCopyOf(member);
  return copy;
}

function plainCopyOf(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(plainCopyOf);
  return isJsonObject(value) ? plainCopy(value) : value;
}

/** Null unless `list` is a list of objects, each with an id of its own. */
function byId(list: JsonValue | undefined, idField: string): JsonObject | null {
  if (!Array.isArray(list)) return null;
  const items = Object.create(null) as JsonObject;
  for (const item of list) {
    const id = isJsonObject(item) ? item[idField] : null;
    // Keys that look like places would come out in another order than they stand.
    if (typeof id !== 'string' || /^\d/.test(id) || id in items) return null;
    items[id] = item;
  }
  return items;
}

function orderChange(path: string, before: string[], after: string[]): DocumentChange[] {
  const [idsBefore, idsAfter] = [new Set(before), new Set(after)];
  const staying = after.filter((id) => idsBefore.has(id));
  const wereStaying = before.filter((id) => idsAfter.has(id));
  const isSame = staying.every((id, place) => id === wereStaying[place]);
  return isSame ? [] : [{ path, op: 'reordered', before, after }];
}

function pathOfMember(path: string, key: string | number): string {
  return typeof key === 'number' ? `${path}[${key}]` : memberPath(path, key);
}
