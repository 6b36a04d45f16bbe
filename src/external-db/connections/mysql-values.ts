import { TypedParameter } from 'mysql2';

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
