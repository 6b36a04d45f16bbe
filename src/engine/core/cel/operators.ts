import { CelDuration, CelOptional, CelType, entryOf, isList, isMap, keyOf, typeNameOf } from './cel-value';
import type { CelValue } from './cel-value';
import { wrong } from './evaluation-fault';
import type { EvaluationFault } from './evaluation-fault';
import type { WorkMeter } from './work-meter';

/** The operators that take two evaluated values. */
export type BinaryOperator = '==' | '!=' | 'in' | '+' | '-' | '*' | '/' | '%' | '<' | '<=' | '>' | '>=';
type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);
/** 9999-12-31T23:59:59.999Z, where CEL's timestamps (and four-digit years) end. */
const MAX_TIMESTAMP = 253_402_300_799_999;
/** 0001-01-01T00:00:00Z. */
const MIN_TIMESTAMP = -62_135_596_800_000;

/** Applies a binary operator. Int with int stays int; int with a JSON number is computed in double. */
export function applyBinary(operator: BinaryOperator, a: CelValue, b: CelValue, meter: WorkMeter): CelValue {
  switch (operator) {
    case '==':
      return equals(a, b, meter);
    case '!=':
      return !equals(a, b, meter);
    case 'in':
      return isMember(a, b, meter);
    case '<':
      return compare(operator, a, b, meter) < 0;
    case '<=':
      return compare(operator, a, b, meter) <= 0;
    case '>':
      return compare(operator, a, b, meter) > 0;
    case '>=':
      return compare(operator, a, b, meter) >= 0;
    default:
      return calculate(operator, a, b, meter);
  }
}

/** `-value`. */
export function negate(value: CelValue): CelValue {
  if (typeof value === 'number') return -value;
  if (typeof value === 'bigint') return checkedInt(-value);
  if (value instanceof CelDuration) return new CelDuration(-value.milliseconds);
  throw wrong(`"-" does not apply to ${typeNameOf(value)}`);
}

/**
 * Whether two values are equal: numbers by amount whatever their type, documents by content, and values of
 * different types never.
 */
export function equals(a: CelValue, b: CelValue, meter: WorkMeter): boolean {
  meter.spend(1);
  if (a === b) return true;
  if (isNumber(a) && isNumber(b)) {
    // eslint-disable-next-line eqeqeq -- JavaScript compares bigint with number exactly, without rounding
    return a == b;
  }
  if (typeof a === 'string' && typeof b === 'string') {
    meter.spendText(a.length === b.length ? a.length : 0);
    return a === b;
  }
  if (isList(a)) {
    return isList(b) && a.length === b.length && a.every((item, at) => equals(item, b[at] ?? null, meter));
  }
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  if (a instanceof CelDuration) return b instanceof CelDuration && a.milliseconds === b.milliseconds;
  if (a instanceof CelType) return b instanceof CelType && a.name === b.name;
  if (a instanceof CelOptional) return b instanceof CelOptional && equalOptionals(a, b, meter);
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  const { length } = Object.keys(b);
  // Also for the other's: listing a large map's keys, only to find that there are more, is no cheaper.
  meter.spend(keys.length + length);
  return (
    keys.length === length &&
    keys.every((key) => {
      const other = entryOf(b, key);
      return other !== undefined && equals(a[key] ?? null, other, meter);
    })
  );
}

/** Orders two values of one kind: below zero, zero or above, as `Array.prototype.sort` wants it. */
export function compare(operator: string, a: CelValue, b: CelValue, meter: WorkMeter): number {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') {
    meter.spendText(Math.min(a.length, b.length));
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  if (a instanceof CelDuration && b instanceof CelDuration) return a.milliseconds - b.milliseconds;
  throw noOverload(operator, a, b);
}

/** An int, if it fits the 64 bits that CEL gives it. */
export function checkedInt(value: bigint): bigint {
  if (value > MAX_INT || value < MIN_INT) throw wrong('an int leaves its 64 bits');
  return value;
}

/** A timestamp of so many milliseconds since 1970, if CEL has it. */
export function checkedTimestamp(milliseconds: number): Date {
  if (!(milliseconds >= MIN_TIMESTAMP && milliseconds <= MAX_TIMESTAMP)) {
    throw wrong('a timestamp must lie between the years 1 and 9999');
  }
  return new Date(milliseconds);
}

function isNumber(value: CelValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function equalOptionals(a: CelOptional, b: CelOptional, meter: WorkMeter): boolean {
  if (a.held === undefined || b.held === undefined) return a.held === b.held;
  return equals(a.held, b.held, meter);
}

function isMember(value: CelValue, container: CelValue, meter: WorkMeter): boolean {
  if (isList(container)) {
    meter.spendList(container.length);
    return container.some((item) => equals(item, value, meter));
  }
  if (isMap(container)) {
    const key = keyOf(value);
    return key !== null && entryOf(container, key) !== undefined;
  }
  throw noOverload('in', value, container);
}

function calculate(operator: ArithmeticOperator, a: CelValue, b: CelValue, meter: WorkMeter): CelValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return calculateInt(operator, a, b);
  if (isNumber(a) && isNumber(b)) return calculateDouble(operator, Number(a), Number(b));
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') {
      meter.spendNewText(a.length + b.length);
      return a + b;
    }
    if (isList(a) && isList(b)) {
      meter.spendList(a.length + b.length);
      return [...a, ...b];
    }
  }
  if (operator === '+' || operator === '-') {
    const moved = calculateTime(operator, a, b);
    if (moved !== null) return moved;
  }
  throw noOverload(operator, a, b);
}

function calculateInt(operator: ArithmeticOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return checkedInt(a + b);
    case '-':
      return checkedInt(a - b);
    case '*':
      return checkedInt(a * b);
    case '/':
      if (b === 0n) throw wrong('division by zero');
      return checkedInt(a / b);
    case '%':
      if (b === 0n) throw wrong('division by zero');
      return a % b;
  }
}

function calculateDouble(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      // CEL gives Infinity or NaN here; JSON has neither, so that the fault is told where it arises.
      if (b === 0) throw wrong('division by zero');
      return a / b;
    case '%':
      if (b === 0) throw wrong('division by zero');
      return a % b;
  }
}

function calculateTime(operator: '+' | '-', a: CelValue, b: CelValue): CelValue | null {
  const sign = operator === '+' ? 1 : -1;
  if (b instanceof CelDuration) {
    if (a instanceof Date) return checkedTimestamp(a.getTime() + sign * b.milliseconds);
    if (a instanceof CelDuration) return new CelDuration(a.milliseconds + sign * b.milliseconds);
  }
  if (b instanceof Date) {
    if (a instanceof Date && operator === '-') return new CelDuration(a.getTime() - b.getTime());
    if (a instanceof CelDuration && operator === '+') return checkedTimestamp(a.milliseconds + b.getTime());
  }
  return null;
}

function noOverload(operator: string, a: CelValue, b: CelValue): EvaluationFault {
  return wrong(`"${operator}" does not apply to ${typeNameOf(a)} and ${typeNameOf(b)}`);
}
