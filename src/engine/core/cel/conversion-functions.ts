import { argumentAt, mismatch, textAt } from './call-arguments';
import type { Call } from './call-arguments';
import { CelDuration, CelType, durationText, isList, isMap, toJson, typeNameOf } from './cel-value';
import type { CelValue } from './cel-value';
import { wrong } from './evaluation-fault';
import { checkedInt } from './operators';

/** From one type to another, and between values and JSON text. */
export const CONVERSION_FUNCTIONS = {
  'dyn/1': (call: Call) => argumentAt(call, 0),
  'type/1': (call: Call) => new CelType(typeNameOf(argumentAt(call, 0))),
  'size/1': size,
  'bool/1': toBool,
  'int/1': toInt,
  'uint/1': toUint,
  'double/1': toDouble,
  'string/1': (call: Call) => textOf(call, argumentAt(call, 0)),
  'json/1': toJsonText,
  'parse_json/1': parseJson,
} as const;

/** Units for a character of JSON text that is written or read. */
const JSON_UNITS_PER_CHARACTER = 0.25;

/** A single value as text: what `string()` gives and `join()` puts between separators. */
export function textOf(call: Call, value: CelValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
    case 'number':
    case 'boolean':
      return `${value}`;
    default:
      if (value instanceof Date) return value.toISOString();
      if (value instanceof CelDuration) return durationText(value);
      throw wrong(`${call.name}() makes no text of ${typeNameOf(value)}: use json()`);
  }
}

function size(call: Call): CelValue {
  const value = argumentAt(call, 0);
  if (typeof value === 'string') {
    call.meter.spendText(value.length);
    return BigInt(codePoints(value));
  }
  if (isList(value)) return BigInt(value.length);
  if (isMap(value)) {
    const entries = Object.keys(value).length;
    call.meter.spend(entries);
    return BigInt(entries);
  }
  throw mismatch(call, value, ['string', 'list', 'map']);
}

/** CEL measures text in code points; a surrogate pair is one. */
function codePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(at + 1);
    if (next >= 0xdc00 && next <= 0xdfff) count--;
  }
  return count;
}

function toBool(call: Call): boolean {
  const value = argumentAt(call, 0);
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') throw mismatch(call, value, ['bool', 'string']);
  if (['true', 'True', 'TRUE', 't', '1'].includes(value)) return true;
  if (['false', 'False', 'FALSE', 'f', '0'].includes(value)) return false;
  throw wrong('bool() takes "true" or "false"');
}

function toInt(call: Call): bigint {
  const value = argumentAt(call, 0);
  if (typeof value === 'bigint') return value;
  if (value instanceof Date) return BigInt(Math.floor(value.getTime() / 1000));
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw wrong('int() takes a finite number');
    return checkedInt(BigInt(Math.trunc(value)));
  }
  if (typeof value !== 'string') throw mismatch(call, value, ['double', 'string', 'timestamp']);
  if (!/^[-+]?\d{1,19}$/.test(value)) throw wrong('int() takes a text of digits');
  return checkedInt(BigInt(value.replace('+', '')));
}

function toUint(call: Call): bigint {
  const value = toInt(call);
  if (value < 0n) throw wrong('uint() takes no number below zero');
  return value;
}

function toDouble(call: Call): number {
  const value = argumentAt(call, 0);
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string') throw mismatch(call, value, ['int', 'string']);
  call.meter.spendText(value.length);
  const parsed = value.trim() === value && value !== '' ? Number(value) : Number.NaN;
  if (!Number.isFinite(parsed)) throw wrong('double() takes the text of a finite number');
  return parsed;
}

function toJsonText(call: Call): string {
  // toJson pays for each value before the text is made, so that no value repeated inside itself can grow it.
  const text = JSON.stringify(toJson(argumentAt(call, 0), call.meter));
  call.meter.spendNewText(text.length);
  return text;
}

function parseJson(call: Call): CelValue {
  const text = textAt(call, 0);
  call.meter.spend(text.length * JSON_UNITS_PER_CHARACTER);
  try {
    return JSON.parse(text) as CelValue;
  } catch {
    throw wrong('parse_json() takes a text that is JSON');
  }
}
