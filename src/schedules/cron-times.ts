import { Cron } from 'croner';

/**
 * Numbers, names, and `* , - / L # W`. Not `?` and `+`, which croner takes too: cron programs disagree on what
 * they mean.
 */
const FIELD = /^[0-9a-z*,/\-#]+$/i;
const FIELD_COUNT = 5;

/** No sensible pattern is longer; the library's work grows with the length. */
const MAX_CRON_LENGTH = 200;

/**
 * What is wrong with a cron pattern, or null: five fields (minute, hour, day of month, month, day of week), which
 * come true some day.
 */
export function faultOfCron(cron: string): string | null {
  if (cron.length > MAX_CRON_LENGTH) return `must be at most ${MAX_CRON_LENGTH} characters long`;
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== FIELD_COUNT) {
    return `must have 5 fields (minute, hour, day of month, month, day of week), as in 30 6 * * MON-FRI; seconds, years and names like @daily are not taken`;
  }
  const odd = fields.find((field) => !FIELD.test(field));
  if (odd !== undefined) {
    return `has the field ${JSON.stringify(odd)}; allowed: numbers, names (JAN, MON), and the characters * , - / L # W`;
  }
  try {
    return nextTimes(cron, 'UTC', new Date(0), 1).length === 0 ? 'names a date that never comes' : null;
  } catch (error) {
    // The library's messages say which field: "CronPattern: Invalid value for minute: 61".
    const said = error instanceof Error ? error.message.replace(/^\w+: /, '') : '';
    return `is no cron pattern: ${said}`;
  }
}

/** What is wrong with the name of a time zone, or null when it is one of the IANA database. */
export function faultOfTimeZone(timeZone: string): string | null {
  try {
    // Throws a RangeError for unknown names; fixed offsets such as +01:00 are no zones.
    if (/^[a-z]/i.test(timeZone) && new Intl.DateTimeFormat('en', { timeZone }).format(0) !== '') return null;
  } catch {
    // Unknown.
  }
  return 'must be a time zone of the IANA database, such as Europe/Berlin or UTC';
}

/**
 * The next `count` times of a pattern that passed {@link faultOfCron}, after `after`; fewer when there are no more.
 *
 * Over daylight saving changes, as Vixie cron has it: a pattern without `*` and `/` in minute and hour means times of
 * the day. One that does not exist is taken when the clock has jumped over it, one that comes twice is taken at the
 * first. A pattern with them means real time: all that is there, and nothing else.
 */
export function nextTimes(cron: string, timeZone: string, after: Date, count: number): Date[] {
  const pattern = new Cron(cron.trim(), {
    mode: '5-part',
    timezone: timeZone,
    fixedTimeRule: 'no-wildcard',
  });
  return pattern.nextRuns(count, after);
}
