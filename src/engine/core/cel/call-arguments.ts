import { CelDuration, isList, typeNameOf } from './cel-value';
import type { CelTypeName, CelValue } from './cel-value';
import { wrong } from './evaluation-fault';
import type { EvaluationFault } from './evaluation-fault';
import type { WorkMeter } from './work-meter';

/** What a function sees of one call. */
export interface Call {
  /** The function's name, for messages. */
  readonly name: string;
  /** A method's receiver comes first: `a.f(b)` and `f(a, b)` look alike. */
  readonly args: readonly CelValue[];
  readonly meter: WorkMeter;
  /** The time of the evaluation, in epoch milliseconds. */
  readonly now: number;
}

/** An argument that must be a text. Pays for walking it. */
export function textAt(call: Call, at: number): string {
  const value = argumentAt(call, at);
  if (typeof value !== 'string') throw mismatch(call, value, ['string']);
  call.meter.spendText(value.length);
  return value;
}

/** An argument that must be a list. Pays for walking it. */
export function listAt(call: Call, at: number): readonly CelValue[] {
  const value = argumentAt(call, at);
  if (!isList(value)) throw mismatch(call, value, ['list']);
  call.meter.spendList(value.length);
  return value;
}

/** An argument that must be a whole number, of either number type. */
export function wholeAt(call: Call, at: number): number {
  const value = argumentAt(call, at);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw mismatch(call, value, ['int']);
}

/** An argument that must be a timestamp. */
export function timestampAt(call: Call, at: number): Date {
  const value = argumentAt(call, at);
  if (value instanceof Date) return value;
  throw mismatch(call, value, ['timestamp']);
}

/** Whether an argument is a duration. */
export function isDurationAt(call: Call, at: number): boolean {
  return argumentAt(call, at) instanceof CelDuration;
}

/** The argument at a place; the compiler has checked how many there are. */
export function argumentAt(call: Call, at: number): CelValue {
  const value = call.args[at];
  if (value === undefined) throw wrong(`${call.name}() lacks an argument`);
  return value;
}

/** The fault of an argument whose type does not fit. */
export function mismatch(call: Call, value: CelValue, allowed: readonly CelTypeName[]): EvaluationFault {
  return wrong(`${call.name}() takes ${allowed.join(' or ')}, not ${typeNameOf(value)}`);
}
