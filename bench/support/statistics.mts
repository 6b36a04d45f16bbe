/** The value at `share` (0 to 1) of the sorted values, by the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** `12.3 ms (10.1 to 15.9)`: the median with the 10th and 90th percentile. */
export function spread(values: readonly number[], unit: string): string {
  const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => quantile(values, share).toFixed(2));
  return `${middle} ${unit} (${low} to ${high})`;
}
