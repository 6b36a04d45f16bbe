import type { Histogram } from 'prom-client';

/** How many values a histogram has taken, and what they add up to. */
export interface HistogramTotals {
  readonly count: number;
  readonly sum: number;
}

/** The totals of those series of a histogram whose labels `wanted` accepts. */
export async function totalsOf<Label extends string>(
  histogram: Histogram<Label>,
  wanted: (labels: Partial<Record<Label, string | number>>) => boolean = () => true,
): Promise<HistogramTotals> {
  const { name, values } = (await histogram.get()) as {
    name: string;
    values: { metricName?: string; labels: Partial<Record<Label, string | number>>; value: number }[];
  };
  let count = 0;
  let sum = 0;
  for (const { metricName, labels, value } of values) {
    if (metricName === `${name}_count` && wanted(labels)) count += value;
    if (metricName === `${name}_sum` && wanted(labels)) sum += value;
  }
  return { count, sum };
}

/** The mean of the values, in their own unit; 0 without any. */
export function meanOf({ count, sum }: HistogramTotals): number {
  return count === 0 ? 0 : sum / count;
}
