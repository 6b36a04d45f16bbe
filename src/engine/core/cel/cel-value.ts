import type { JsonValue } from '../json';
import { wrong } from './evaluation-fault';
import type { WorkMeter } from './work-meter';

/** A span of time. Milliseconds: what JSON timestamps of this product carry. */
export class CelDuration {
  constructor(readonly milliseconds: number) {}
}

/** What `.?member` gives: a value, or none. `undefined` is none; JSON has no such value. */
export class CelOptional {
  static readonly NONE = new CelOptional(undefined);

  constructor(readonly held: CelValue | undefined) {}
}

/** A type as a value: what `type(x)` gives and the names `int`, `string`, … stand for. */
export class CelType {
  constructor(readonly name: string) {}
}

/**
 * What an expression computes with. JSON as it is, and beside it: int (bigint; literals and sizes), while
 * JSON's numbers are double; timestamp (Date), duration, optional and type.
 */
export type CelValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | CelDuration
  | CelOptional
  | CelType
  | readonly CelValue[]
  | CelMap;

/** A map. Its keys are strings, as in JSON; a key of another type is taken by its text. */
export interface CelMap {
  readonly [key: string]: CelValue;
}

export const CEL_TYPE_NAMES = [
  'null_type',
  'bool',
  'int',
  'double',
  'string',
  'list',
  'map',
  'timestamp',
  'duration',
  'optional',
  'type',
] as const;
export type CelTypeName = (typeof CEL_TYPE_NAMES)[number];

/** The name of a value's type, as CEL and our messages call it. */
export function typeNameOf(value: CelValue): CelTypeName {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return 'double';
    case 'bigint':
      return 'int';
    case 'string':
      return 'string';
    default:
      if (value === null) return 'null_type';
      if (isList(value)) return 'list';
      if (value instanceof Date) return 'timestamp';
      if (value instanceof CelDuration) return 'duration';
      if (value instanceof CelOptional) return 'optional';
      if (value instanceof CelType) return 'type';
      return 'map';
  }
}

/** Whether `value` is a list. */
export function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value);
}

/** Whether `value` is a map. */
export function isMap(value: CelValue): value is CelMap {
  return typeNameOf(value) === 'map';
}

/** A map's entry, or undefined. Only own keys count: `__proto__` and `constructor` are ordinary names. */
export function entryOf(map: CelMap, key: string): CelValue | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The name under which a map keeps a key, or null for a value that cannot be one. */
export function keyOf(key: CelValue): string | null {
  if (typeof key === 'string') return key;
  if (typeof key === 'bigint' || typeof key === 'number' || typeof key === 'boolean') return String(key);
  return null;
}

/**
 * A value as plain JSON. Timestamps become ISO 8601 in UTC and durations seconds with an `s`, as in the
 * JSON mapping of Protocol Buffers (https://protobuf.dev/programming-guides/json/); an optional becomes
 * what it holds, or null.
 *
 * @throws EvaluationFault for numbers that JSON lacks, and when the document is too large
 */
export function toJson(value: CelValue, meter: WorkMeter): JsonValue {
  meter.spend(1);
  switch (typeof value) {
    case 'bigint':
      return Number(value);
    case 'number':
      if (!Number.isFinite(value)) throw wrong('the result is not a finite number');
      return value;
    case 'string':
      meter.spendText(value.length);
      return value;
    case 'boolean':
      return value;
    default:
  }
  if (value === null) return null;
  if (isList(value)) return value.map((item) => toJson(item, meter));
  if (value instanceof Date) return value.toISOString();
  if (value instanceof CelDuration) return durationText(value);
  if (value instanceof CelOptional) return value.held === undefined ? null : toJson(value.held, meter);
  if (value instanceof CelType) return value.name;
  // fromEntries defines each key: assigning `__proto__` would set the prototype.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      meter.spendText(key.length);
      return [key, toJson(item, meter)];
    }),
  );
}

/** A duration as text: `90s`, `0.25s`. */
export function durationText(duration: CelDuration): string {
  return `${duration.milliseconds / 1000}s`;
}
