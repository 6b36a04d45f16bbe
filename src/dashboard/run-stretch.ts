import type { EndedRuns } from './dashboard.repository';
import { durationQuantile } from './duration-quantiles';

const HOUR_MS = 60 * 60 * 1_000;

/** What ended in a stretch of time. */
export interface RunStretch {
  readonly since: Date;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly timedOut: number;
  /** Seconds, of runs that started; null without any. */
  readonly durationP50: number | null;
  readonly durationP95: number | null;
}

/** The full hour at which the last `hours` hours begin: runs are counted by the hour. */
export function beginningOf(hours: number, now: Date): Date {
  return new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS - hours * HOUR_MS);
}

/** Sums up a stretch; `runsOf` says how many of a row's runs are in it. */
export function sumUp(
  since: Date,
  rows: readonly EndedRuns[],
  runsOf: (row: EndedRuns) => number,
): RunStretch {
  const buckets = rows.map((row) => ({ bucket: row.bucket, runs: runsOf(row) }));
  const count = (status: EndedRuns['status']): number =>
    rows.filter((row) => row.status === status).reduce((sum, row) => sum + runsOf(row), 0);
  return {
    since,
    succeeded: count('succeeded'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    timedOut: count('timed_out'),
    durationP50: seconds(durationQuantile(buckets, 0.5)),
    durationP95: seconds(durationQuantile(buckets, 0.95)),
  };
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
