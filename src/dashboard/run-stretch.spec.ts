import type { EndedRuns } from './dashboard.repository';
import { beginningOf, sumUp } from './run-stretch';

const SINCE = new Date('2026-11-23T10:00:00Z');

const row = (status: EndedRuns['status'], bucket: number, runs: number, recentRuns: number): EndedRuns => ({
  status,
  bucket,
  runs,
  recentRuns,
});

describe('beginningOf', () => {
  it('is a full hour, so far back that the stretch is whole', () => {
    expect(beginningOf(24, new Date('2026-11-24T10:59:59.999Z'))).toEqual(SINCE);
    expect(beginningOf(24, new Date('2026-11-24T10:00:00Z'))).toEqual(SINCE);
  });
});

describe('sumUp', () => {
  const rows = [
    row('succeeded', 50, 90, 5),
    row('succeeded', 90, 6, 0),
    row('failed', 90, 4, 1),
    row('cancelled', -1, 2, 2),
  ];

  it('counts by status, in the stretch that is asked for', () => {
    expect(sumUp(SINCE, rows, (one) => one.runs)).toMatchObject({
      since: SINCE,
      succeeded: 96,
      failed: 4,
      cancelled: 2,
      timedOut: 0,
    });
    expect(sumUp(SINCE, rows, (one) => one.recentRuns)).toMatchObject({
      succeeded: 5,
      failed: 1,
      cancelled: 2,
    });
  });

  it('takes quantiles over all statuses, in seconds', () => {
    const { durationP50, durationP95 } = sumUp(SINCE, rows, (one) => one.runs);
    expect(durationP50).toBeCloseTo(1.1 ** 50 / 1_000, 1);
    expect(durationP95).toBeCloseTo(5.06, 0);
  });

  it('has no quantiles where nothing ended', () => {
    expect(sumUp(SINCE, [], (one) => one.runs)).toMatchObject({ durationP50: null, durationP95: null });
  });
});
