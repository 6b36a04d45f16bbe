/** Base of the duration buckets; the same as in the SQL function `run_duration_bucket`. */
const BASE = 1.1;

/** How many runs took how long: bucket b holds the durations above 1.1^(b-1) ms, up to 1.1^b ms. */
export interface DurationBucket {
  readonly bucket: number;
  readonly runs: number;
}

/**
 * A quantile of durations, milliseconds, wrong by 5 % at most; null without any run. By the nearest rank; a bucket
 * is shown as the value that is as far (in ratio) from its lower bound as from its upper one.
 *
 * @param share from 0 to 1: 0.95 for p95
 * @see Masson, Rim, Lee: DDSketch, VLDB 2019, https://www.vldb.org/pvldb/vol12/p2195-masson.pdf
 */
export function durationQuantile(buckets: readonly DurationBucket[], share: number): number | null {
  const started = buckets.filter(({ bucket }) => bucket >= 0).toSorted((a, b) => a.bucket - b.bucket);
  const total = started.reduce((sum, { runs }) => sum + runs, 0);
  let left = Math.max(1, Math.ceil(share * total));
  for (const { bucket, runs } of started) {
    left -= runs;
    if (left <= 0) return Math.round((2 * BASE ** bucket) / (BASE + 1));
  }
  return null;
}
