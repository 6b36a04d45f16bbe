import { type FieldPacket, TypedParameter, Types } from 'mysql2';

import type { JsonValue } from '../../engine/core/json';

/** What the driver takes for a value. */
type MysqlValue = string | number | boolean | null | ReturnType<typeof TypedParameter.BIGINT>;

/**
 * A parameter as MySQL takes it. Whole numbers are sent as such: the driver makes doubles of all numbers, which a
 * LIMIT does not take. Lists and objects are sent as JSON text.
 */
export function toMysqlValue(value: JsonValue): MysqlValue {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return TypedParameter.BIGINT(value);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** Digits that tell any two numbers of 32 bits apart. */
const FLOAT_DIGITS = 9;

/** A value of a row. Numbers of 32 bits come as the double beside them: 0.1 as 0.10000000149011612. */
export function fromMysqlValue(value: unknown, { columnType }: Pick<FieldPacket, 'columnType'>): unknown {
  return columnType === Types.FLOAT && typeof value === 'number' ? shortestFloat(value) : value;
}

/** The number with the fewest digits that is the same in 32 bits. */
function shortestFloat(value: number): number {
  for (let digits = 1; digits < FLOAT_DIGITS; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return Number(value.toPrecision(FLOAT_DIGITS));
}
