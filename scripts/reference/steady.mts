import type { Exchange } from './recorder.mts';

/** When everything on the page happens. */
const BEGINNING = Date.parse('2026-11-25T09:00:00.000Z');
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
/** Fields with times of a day: they follow from a schedule, not from when the tour was made. */
const TIMES_OF_DAY: ReadonlySet<string> = new Set(['next_times']);

/** Random texts that are shown once, or are too long to be read. */
const SECRET_TEXTS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/mcp_[\dA-Za-z]{30,}/g, 'mcp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'],
  // What lists show of them.
  [/^(mcp|whk)_[\w-]{4}$/g, '$1_xxxx'],
  // The digest of an entity tag.
  [/^"(\d+\.)?[\w-]{16}"$/g, '"$1xxxxxxxxxxxxxxxx"'],
  [/whk_[\w-]{20,}/g, 'whk_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'eyJhbGciOiJIUzI1NiIs…'],
];

/**
 * The exchanges as they would look whenever and wherever they are made: ids are numbered in the order in which they
 * come, times start at one beginning, and addresses and secrets are replaced. Numbers stay: what they depend on cannot
 * be told by looking at them.
 */
export function steady(
  exchanges: ReadonlyMap<string, Exchange>,
  { startedAt, replace }: { startedAt: number; replace: Readonly<Record<string, string>> },
): Map<string, Exchange> {
  const ids = new Map<string, string>();
  const dates = new Map<string, string>();

  const idFor = (id: string): string => {
    const known = ids.get(id) ?? `01936a00-0000-7000-8000-${(ids.size + 1).toString(16).padStart(12, '0')}`;
    ids.set(id, known);
    return known;
  };

  const timeFor = (time: string): string => {
    const minutes = Math.round((Date.parse(time) - startedAt) / MINUTE_MS);
    // What happened during the tour happened at its beginning.
    return new Date(BEGINNING + (minutes < 5 ? 0 : minutes) * MINUTE_MS).toISOString();
  };

  const dayFor = (time: string): string => {
    const [date = '', timeOfDay = ''] = time.split('T');
    const known =
      dates.get(date) ?? new Date(BEGINNING + (dates.size + 1) * DAY_MS).toISOString().slice(0, 10);
    dates.set(date, known);
    return `${known}T${timeOfDay}`;
  };

  const text = (value: string, key: string): string => {
    let result = value;
    for (const [found, instead] of Object.entries(replace)) result = result.replaceAll(found, instead);
    for (const [pattern, instead] of SECRET_TEXTS) result = result.replaceAll(pattern, instead);
    return result.replaceAll(UUID, idFor).replaceAll(TIME, TIMES_OF_DAY.has(key) ? dayFor : timeFor);
  };

  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return text(value, key);
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, walk(field, name)]));
  };

  return new Map([...exchanges].map(([id, exchange]) => [id, walk(exchange, '') as Exchange]));
}

/** The page without the numbers of its examples, which differ from run to run. */
export function withoutNumbers(page: string): string {
  return page.replaceAll(/^```(?:json|text)\n[\s\S]*?^```$/gm, (block) =>
    block.replaceAll(/-?\d+(\.\d+)?/g, '0'),
  );
}
