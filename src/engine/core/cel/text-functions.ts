import { compilePattern, isPatternCompiled } from '../linear-pattern';
import { textAt, wholeAt } from './call-arguments';
import type { Call } from './call-arguments';
import { CONVERSION_FUNCTIONS } from './conversion-functions';
import { tooCostly, wrong } from './evaluation-fault';
import { MAX_LIST_ITEMS } from './limits';

/** Called either way. */
export const TEXT_FUNCTIONS = {
  'size/1': CONVERSION_FUNCTIONS['size/1'],
  'matches/2': matches,
} as const;

/** Called on a text. Positions count UTF-16 units, as JavaScript does. */
export const TEXT_METHODS = {
  'contains/2': (call: Call) => textAt(call, 0).includes(textAt(call, 1)),
  'startsWith/2': (call: Call) => textAt(call, 0).startsWith(textAt(call, 1)),
  'endsWith/2': (call: Call) => textAt(call, 0).endsWith(textAt(call, 1)),
  'lowerAscii/1': (call: Call) => recase(call, /[A-Z]+/g, (letters) => letters.toLowerCase()),
  'upperAscii/1': (call: Call) => recase(call, /[a-z]+/g, (letters) => letters.toUpperCase()),
  'trim/1': (call: Call) => textAt(call, 0).trim(),
  'indexOf/2': (call: Call) => BigInt(textAt(call, 0).indexOf(textAt(call, 1))),
  'indexOf/3': (call: Call) => BigInt(textAt(call, 0).indexOf(textAt(call, 1), positionAt(call, 2))),
  'lastIndexOf/2': (call: Call) => BigInt(textAt(call, 0).lastIndexOf(textAt(call, 1))),
  'lastIndexOf/3': (call: Call) => BigInt(textAt(call, 0).lastIndexOf(textAt(call, 1), positionAt(call, 2))),
  'substring/2': (call: Call) => textAt(call, 0).slice(positionAt(call, 1)),
  'substring/3': substring,
  'replace/3': replace,
  'split/2': split,
} as const;

/** Compiling a pattern that is not known yet takes up to some milliseconds. */
const UNITS_PER_NEW_PATTERN = 50_000;
/** Steps of the matching automaton (characters times instructions) at the price of one unit. */
const MATCH_STEPS_PER_UNIT = 8;

/** Whether an RE2 pattern is found anywhere in a text. */
function matches(call: Call): boolean {
  const text = textAt(call, 0);
  const pattern = textAt(call, 1);
  if (!isPatternCompiled(pattern)) call.meter.spend(UNITS_PER_NEW_PATTERN);
  const compiled = compilePattern(pattern);
  if (!compiled.ok) {
    const { tooLarge, message } = compiled.error;
    throw tooLarge ? tooCostly(`matches(): ${message}`) : wrong(`matches(): ${message}`);
  }
  call.meter.spend((text.length * compiled.value.programSize()) / MATCH_STEPS_PER_UNIT);
  return compiled.value.test(text);
}

function positionAt(call: Call, at: number): number {
  const position = wholeAt(call, at);
  const { length } = textAt(call, 0);
  if (position < 0 || position > length) {
    throw wrong(`${call.name}(): position ${position} is outside of a text of ${length}`);
  }
  return position;
}

function substring(call: Call): string {
  const start = positionAt(call, 1);
  const end = positionAt(call, 2);
  if (end < start) throw wrong('substring() ends before it starts');
  return textAt(call, 0).slice(start, end);
}

function split(call: Call): string[] {
  const text = textAt(call, 0);
  // One more than is allowed is enough to refuse it.
  const parts = text.split(textAt(call, 1), MAX_LIST_ITEMS + 1);
  call.meter.spendList(parts.length);
  return parts;
}

/** A text of which every other letter is changed costs much more to walk than others. */
const CHARACTERS_PER_UNIT_OF_RECASING = 4;

function recase(call: Call, letters: RegExp, change: (letters: string) => string): string {
  const text = textAt(call, 0);
  call.meter.spend(text.length / CHARACTERS_PER_UNIT_OF_RECASING);
  return text.replace(letters, change);
}

/** Every place of a text is replaced by another text. */
function replace(call: Call): string {
  const text = textAt(call, 0);
  const searched = textAt(call, 1);
  const replacement = textAt(call, 2);
  const places = searched === '' ? text.length + 1 : text.split(searched).length - 1;
  call.meter.spend(places);
  call.meter.spendNewText(text.length + places * Math.max(0, replacement.length - searched.length));
  return text.replaceAll(searched, () => replacement);
}
