import { durationQuantile } from './duration-quantiles';

/** As `run_duration_bucket` does. */
const bucketOf = (ms: number): number => Math.ceil(Math.log(Math.max(ms, 1)) / Math.log(1.1));

const bucketed = (durations: readonly number[]): { bucket: number; runs: number }[] =>
  durations.map((ms) => ({ bucket: bucketOf(ms), runs: 1 }));

describe('durationQuantile', () => {
  it('is within 5 % of the true quantile, from milliseconds to days', () => {
    const durations = Array.from({ length: 10_001 }, (_unused, index) => 10 * 1.002 ** index);
    for (const share of [0.01, 0.5, 0.95, 0.99]) {
      const exact = durations[Math.ceil(share * durations.length) - 1] ?? NaN;
      const ratio = (durationQuantile(bucketed(durations), share) ?? NaN) / exact;
      expect(Math.abs(ratio - 1)).toBeLessThan(0.06);
    }
  });

  it('does not depend on the order of the buckets', () => {
    const buckets = bucketed([5, 50, 500, 5_000]);
    expect(durationQuantile(buckets.toReversed(), 0.5)).toBe(durationQuantile(buckets, 0.5));
  });

  it('leaves out runs that never started', () => {
    const buckets = [{ bucket: -1, runs: 100 }, ...bucketed([1_000])];
    expect(durationQuantile(buckets, 0.5)).toBeCloseTo(1_000, -2);
  });

  it('is of the only run there is', () => {
    expect(durationQuantile(bucketed([1]), 0.5)).toBe(1);
    expect(durationQuantile(bucketed([1]), 0.95)).toBe(1);
  });

  it('is null without runs', () => {
    expect(durationQuantile([], 0.5)).toBeNull();
    expect(durationQuantile([{ bucket: -1, runs: 3 }], 0.5)).toBeNull();
  });
});
