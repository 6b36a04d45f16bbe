import { types } from 'pg';

import { parseExactJson, toExactNumber } from './to-json-value';

/** Object ids of `pg_type`, fixed for ever. */
const INT8 = 20;
const BYTEA = 17;
const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
const INTERVAL = 1186;
const JSON_TEXT = 114;
const JSONB = 3802;
const INT8_ARRAY = 1016;
const NUMERIC_ARRAY = 1231;
const TEXT_ARRAY = 1009;
const BYTEA_ARRAY = 1001;
/** json[], jsonb[] */
const JSON_ARRAYS = [199, 3807];
/** timestamp[], date[], timestamptz[], interval[] */
const TIME_ARRAYS = [1115, 1182, 1185, 1187];

type Parser = (text: string) => unknown;

/** Declared for the built-in types only, made for all. */
const getParser = types.getTypeParser as (oid: number) => Parser;

const asText: Parser = (text) => text;
const parseBytes = getParser(BYTEA);
const parseTextArray = getParser(TEXT_ARRAY) as (text: string) => unknown[];

/**
 * `pg` makes dates of times, in the zone of this process, texts of all 64-bit integers, and doubles of the decimals in
 * lists and of all numbers in JSON.
 */
const PARSERS = new Map<number, Parser>([
  [INT8, toExactNumber],
  [DATE, asText],
  [INTERVAL, asText],
  [TIMESTAMP, toIso],
  [TIMESTAMPTZ, toIso],
  [BYTEA, parseBytes],
  [JSON_TEXT, parseExactJson],
  [JSONB, parseExactJson],
  [INT8_ARRAY, eachOf((item) => toExactNumber(item))],
  [NUMERIC_ARRAY, eachOf(asText)],
  [BYTEA_ARRAY, eachOf(parseBytes)],
  ...JSON_ARRAYS.map((oid): [number, Parser] => [oid, eachOf(parseExactJson)]),
  ...TIME_ARRAYS.map((oid): [number, Parser] => [oid, eachOf(toIso)]),
]);

/** How `pg` is to read values: without loss, and the same wherever this process runs. */
export const postgresTypes = {
  getTypeParser: (oid: number): Parser => PARSERS.get(oid) ?? getParser(oid),
};

/** `2026-01-31 12:00:00.5+00` → `2026-01-31T12:00:00.5Z`; the session is in UTC. `infinity` stays as it is. */
function toIso(text: string): string {
  return text.replace(/^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)/, '$1T$2').replace(/(?<=\d)\+00$/, 'Z');
}

/** Lists of lists stay as they are nested. */
function eachOf(parse: Parser): Parser {
  const parseItem = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(parseItem);
    return typeof item === 'string' ? parse(item) : null;
  };
  return (text) => parseTextArray(text).map(parseItem);
}
