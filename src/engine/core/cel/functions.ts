import type { Call } from './call-arguments';
import { CONVERSION_FUNCTIONS } from './conversion-functions';
import { LIST_FUNCTIONS } from './list-functions';
import { TEXT_FUNCTIONS, TEXT_METHODS } from './text-functions';
import { TIME_FUNCTIONS, TIME_METHODS } from './time-functions';
import type { CelValue } from './cel-value';

/** A function over evaluated arguments. */
export type CelFunction = (call: Call) => CelValue;

/** Functions by `name/arity`; a method's receiver counts as an argument. */
export type FunctionTable = Readonly<Record<string, CelFunction>>;

/** What is called as `f(x)`. */
export const FUNCTIONS: FunctionTable = {
  ...CONVERSION_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...TIME_FUNCTIONS,
};

/** What is called as `x.f()`. `size`, `matches` and the list functions go both ways. */
export const METHODS: FunctionTable = {
  ...TEXT_FUNCTIONS,
  ...TEXT_METHODS,
  ...LIST_FUNCTIONS,
  ...TIME_METHODS,
};

/** The function of a call, or null. */
export function findFunction(table: FunctionTable, name: string, arity: number): CelFunction | null {
  const key = `${name}/${arity}`;
  return Object.hasOwn(table, key) ? (table[key] ?? null) : null;
}

/** How many arguments a name takes in a table: for the message about a wrong call. Empty when unknown. */
export function aritiesOf(table: FunctionTable, name: string): number[] {
  return Object.keys(table)
    .filter((key) => key.startsWith(`${name}/`))
    .map((key) => Number(key.slice(name.length + 1)));
}

/** The names in a table, once each. */
export function namesOf(table: FunctionTable): string[] {
  return [...new Set(Object.keys(table).map((key) => key.slice(0, key.indexOf('/'))))];
}
