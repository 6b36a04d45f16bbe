import { listAt, mismatch, textAt } from './call-arguments';
import type { Call } from './call-arguments';
import type { CelValue } from './cel-value';
import { textOf } from './conversion-functions';
import { wrong } from './evaluation-fault';
import { applyBinary, compare } from './operators';

/** Over whole lists. */
export const LIST_FUNCTIONS = {
  'sum/1': sum,
  'sort/1': sort,
  'join/1': (call: Call) => join(call, ''),
  'join/2': (call: Call) => join(call, textAt(call, 1)),
} as const;

/** The sum of a list of numbers (or durations); of an empty list 0. */
function sum(call: Call): CelValue {
  const [first, ...rest] = listAt(call, 0);
  if (first === undefined) return 0n;
  if (typeof first === 'string' || Array.isArray(first)) throw mismatch(call, first, ['int', 'double']);
  // Adding to a zero of ints refuses a single item that is no number as well.
  if (rest.length === 0 && typeof first !== 'object') return applyBinary('+', 0n, first, call.meter);
  return rest.reduce<CelValue>((total, item) => applyBinary('+', total, item, call.meter), first);
}

/** A copy in ascending order. All items must be of one kind that has an order. */
function sort(call: Call): CelValue {
  const list = listAt(call, 0);
  call.meter.spend(list.length * Math.ceil(Math.log2(list.length + 1)));
  if (list.length === 1) compare('sort', list[0] ?? null, list[0] ?? null, call.meter);
  return [...list].sort((a, b) => compare('sort', a, b, call.meter));
}

/** The items' texts with a separator between them. */
function join(call: Call, separator: string): string {
  const texts = listAt(call, 0).map((item) => textOf(call, item));
  const length = texts.reduce((total, text) => total + text.length + separator.length, 0);
  if (Number.isNaN(length)) throw wrong('join() takes a list of texts');
  call.meter.spendNewText(length);
  return texts.join(separator);
}
