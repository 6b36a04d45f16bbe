import { argumentAt, isDurationAt, mismatch, textAt, timestampAt } from './call-arguments';
import type { Call } from './call-arguments';
import { CelDuration } from './cel-value';
import type { CelValue } from './cel-value';
import { wrong } from './evaluation-fault';
import { checkedTimestamp } from './operators';

/** Makes times. */
export const TIME_FUNCTIONS = {
  'now/0': (call: Call) => new Date(call.now),
  'timestamp/1': toTimestamp,
  'duration/1': toDuration,
} as const;

/**
 * Parts of a timestamp in UTC, or in a time zone given by its IANA name or offset; of a duration the whole
 * hours, minutes, seconds and milliseconds. As the language says, months, days of the month
 * (getDayOfMonth), of the week and of the year count from 0.
 */
export const TIME_METHODS = {
  ...partMethods('getFullYear', (parts) => parts.year),
  ...partMethods('getMonth', (parts) => parts.month - 1),
  ...partMethods('getDate', (parts) => parts.day),
  ...partMethods('getDayOfMonth', (parts) => parts.day - 1),
  ...partMethods('getDayOfWeek', (parts) => new Date(utcDay(parts)).getUTCDay()),
  ...partMethods('getDayOfYear', (parts) => (utcDay(parts) - utcDay({ ...parts, month: 1, day: 1 })) / DAY),
  ...partMethods('getHours', (parts) => parts.hour, 3_600_000),
  ...partMethods('getMinutes', (parts) => parts.minute, 60_000),
  ...partMethods('getSeconds', (parts) => parts.second, 1000),
  ...partMethods('getMilliseconds', (parts) => parts.millisecond, 1),
} as const;

const DAY = 86_400_000;
/** Making a calendar of a time zone takes some 50 microseconds. */
const UNITS_PER_TIME_ZONE = 2000;
/** RFC 3339, the only form of timestamps in CEL and in this product. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
/** As Go writes durations (https://pkg.go.dev/time#ParseDuration), which CEL follows. */
const DURATION = /^[-+]?(\d{1,15}(\.\d{1,9})?(h|ms|m|s|us|ns))+$/;
const MILLISECONDS = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, ns: 0.000_001 };

interface CalendarParts {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  /** From 1. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** One accessor in its forms: of a timestamp or duration, and of a timestamp in a time zone. */
function partMethods(
  name: string,
  partOf: (parts: CalendarParts) => number,
  durationUnit?: number,
): Record<string, (call: Call) => CelValue> {
  return {
    [`${name}/1`]: (call) => {
      const value = argumentAt(call, 0);
      if (durationUnit !== undefined && value instanceof CelDuration) {
        return BigInt(Math.trunc(value.milliseconds / durationUnit));
      }
      return BigInt(partOf(utcParts(timestampAt(call, 0))));
    },
    [`${name}/2`]: (call) => BigInt(partOf(zonedParts(call))),
  };
}

function utcParts(time: Date): CalendarParts {
  return {
    year: time.getUTCFullYear(),
    month: time.getUTCMonth() + 1,
    day: time.getUTCDate(),
    hour: time.getUTCHours(),
    minute: time.getUTCMinutes(),
    second: time.getUTCSeconds(),
    millisecond: time.getUTCMilliseconds(),
  };
}

function zonedParts(call: Call): CalendarParts {
  const time = timestampAt(call, 0);
  const timeZone = textAt(call, 1);
  call.meter.spend(UNITS_PER_TIME_ZONE);
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw wrong(`${call.name}() takes the IANA name of a time zone, such as "Europe/Berlin"`);
  }
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
    millisecond: time.getUTCMilliseconds(),
  };
}

function utcDay(parts: CalendarParts): number {
  // setUTCFullYear, because Date.UTC takes the years 0 to 99 for 1900 to 1999.
  return new Date(0).setUTCFullYear(parts.year, parts.month - 1, parts.day);
}

function toTimestamp(call: Call): Date {
  const value = argumentAt(call, 0);
  if (value instanceof Date) return value;
  if (typeof value === 'bigint' || typeof value === 'number') return checkedTimestamp(Number(value) * 1000);
  if (typeof value !== 'string') throw mismatch(call, value, ['string', 'int']);
  if (!RFC_3339.test(value)) throw wrong('timestamp() takes RFC 3339, such as "2026-01-31T09:30:00Z"');
  return checkedTimestamp(Date.parse(value));
}

function toDuration(call: Call): CelDuration {
  const value = argumentAt(call, 0);
  if (isDurationAt(call, 0)) return value as CelDuration;
  const text = textAt(call, 0);
  if (text.length > 64 || !DURATION.test(text))
    throw wrong('duration() takes a text such as "1h30m" or "2.5s"');
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(h|ms|m|s|us|ns)/g)) {
    milliseconds += Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  }
  return new CelDuration(text.startsWith('-') ? -milliseconds : milliseconds);
}
