import { faultOfCron, faultOfTimeZone, nextTimes } from './cron-times';

function times(cron: string, timeZone: string, after: string, count: number): string[] {
  return nextTimes(cron, timeZone, new Date(after), count).map((time) => time.toISOString().slice(0, 16));
}

describe('nextTimes', () => {
  // The clock goes from 02:00 to 03:00 on 29 March 2026 at 01:00Z, and from 03:00 to 02:00 on 25 October at 01:00Z.
  const berlin: [string, string, string, string[]][] = [
    [
      'takes a time that does not exist when the clock has jumped over it',
      '30 2 * * *',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    [
      'takes two times that do not exist once',
      '0,30 2 * * *',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00', '2026-03-30T00:00', '2026-03-30T00:30'],
    ],
    [
      'leaves a time that does not exist out of the real time of an hourly pattern',
      '30 * * * *',
      '2026-03-29T00:00Z',
      ['2026-03-29T00:30', '2026-03-29T01:30', '2026-03-29T02:30'],
    ],
    [
      'leaves out steps within an hour that does not exist',
      '*/30 2 * * *',
      '2026-03-28T12:00Z',
      ['2026-03-30T00:00', '2026-03-30T00:30'],
    ],
    [
      'takes a time that comes twice at the first',
      '30 2 * * *',
      '2026-10-24T12:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'does not take a time again between its first and its second coming',
      '30 2 * * *',
      '2026-10-25T00:45Z',
      ['2026-10-26T01:30'],
    ],
    [
      'takes both hours of the same name in an hourly pattern',
      '30 * * * *',
      '2026-10-25T00:00Z',
      ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30'],
    ],
    [
      'keeps midnight at midnight through the year',
      '0 0 1 1,7 *',
      '2026-01-31T00:00Z',
      ['2026-06-30T22:00', '2026-12-31T23:00'],
    ],
  ];
  it.each(berlin)('in Berlin %s', (_case, cron, after, expected) => {
    expect(times(cron, 'Europe/Berlin', after, expected.length)).toEqual(expected);
  });

  // From 02:00 to 03:00 on 8 March 2026 at 07:00Z, and from 02:00 to 01:00 on 1 November at 06:00Z.
  const newYork: [string, string, string, string[]][] = [
    [
      'takes a time that does not exist when the clock has jumped over it',
      '15 2 * * *',
      '2026-03-07T12:00Z',
      ['2026-03-08T07:00', '2026-03-09T06:15'],
    ],
    [
      'takes a time that comes twice at the first',
      '30 1 * * *',
      '2026-10-31T12:00Z',
      ['2026-11-01T05:30', '2026-11-02T06:30'],
    ],
    [
      'takes every quarter of the hour that comes twice',
      '*/15 * * * *',
      '2026-11-01T05:40Z',
      ['2026-11-01T05:45', '2026-11-01T06:00', '2026-11-01T06:15'],
    ],
    [
      'does not shift a pattern of working days',
      '0 9 * * MON-FRI',
      '2026-03-06T15:00Z',
      ['2026-03-09T13:00', '2026-03-10T13:00'],
    ],
  ];
  it.each(newYork)('in New York %s', (_case, cron, after, expected) => {
    expect(times(cron, 'America/New_York', after, expected.length)).toEqual(expected);
  });

  it('gives times after the given one only', () => {
    expect(times('0 12 * * *', 'UTC', '2026-01-31T12:00Z', 1)).toEqual(['2026-02-01T12:00']);
  });

  it('finds a leap day years ahead', () => {
    expect(times('0 0 29 2 *', 'UTC', '2026-01-01T00:00Z', 1)).toEqual(['2028-02-29T00:00']);
  });

  it('takes a day of the month or a day of the week when both are given', () => {
    expect(times('0 0 13 * FRI', 'UTC', '2026-02-07T00:00Z', 2)).toEqual([
      '2026-02-13T00:00',
      '2026-02-20T00:00',
    ]);
  });
});

describe('faultOfCron', () => {
  it.each([
    '* * * * *',
    '*/5 6-18 * * MON-FRI',
    ' 0  0 1,15 JAN-MAR 0 ',
    '0 0 L * *',
    '0 0 * * FRI#2',
    '0 0 15W * *',
  ])('finds none in %j', (cron) => {
    expect(faultOfCron(cron)).toBeNull();
  });

  it.each([
    ['0 0 0 1 1 *', 'must have 5 fields'],
    ['0 0 1 1', 'must have 5 fields'],
    ['', 'must have 5 fields'],
    ['@daily', 'must have 5 fields'],
    ['2026-01-31T00:00:00Z', 'must have 5 fields'],
    ['? * * * *', 'has the field "?"'],
    ['0 0 1 * +FRI', 'has the field "+FRI"'],
    ['60 * * * *', 'Invalid value for minute: 60'],
    ['0 0 * FOO *', 'is no cron pattern'],
    ['5/5 * * * *', 'is no cron pattern'],
    ['0 0 31 2 *', 'never comes'],
    [`${'1,'.repeat(100)}1 * * * *`, 'at most 200 characters'],
  ])('says of %j: %s', (cron, said) => {
    expect(faultOfCron(cron)).toContain(said);
  });
});

describe('faultOfTimeZone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Kolkata', 'Asia/Calcutta'])(
    'takes %s',
    (timeZone) => {
      expect(faultOfTimeZone(timeZone)).toBeNull();
    },
  );

  it.each(['', 'Berlin', '+01:00', 'Europe/Berlin\u0000', 'Mars/Olympus'])('refuses %j', (timeZone) => {
    expect(faultOfTimeZone(timeZone)).toContain('IANA');
  });
});
