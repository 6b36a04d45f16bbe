import type { Attributes, HrTime } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { Registry } from 'prom-client';

/** One metric of prom-client with its values, as `getMetricsAsJSON` gives it. */
export interface PrometheusMetric {
  readonly name: string;
  readonly help: string;
  /** As at run time; the library's type is an enum of numbers that it does not use itself. */
  readonly type: string;
  readonly values: readonly PrometheusValue[];
}

interface PrometheusValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  /** Of a histogram's values: its name with `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string;
}

/**
 * The metrics that `/metrics` shows, for OpenTelemetry's exporter: there is one set of them, however it is read.
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export class PrometheusMetrics implements MetricProducer {
  private registry: Registry | null = null;
  /** All counters begin with the process. */
  private readonly since = toHrTime(Date.now());

  /** @param version of this program */
  constructor(private readonly version: string) {}

  /** From now on the metrics of `registry` are given; before there are none. */
  read(registry: Registry): void {
    this.registry = registry;
  }

  async collect(): Promise<CollectionResult> {
    const found = (await this.registry?.getMetricsAsJSON()) ?? [];
    const window = { startTime: this.since, endTime: toHrTime(Date.now()) };
    const metrics = (found as unknown as PrometheusMetric[]).flatMap((metric) =>
      toMetricData(metric, window),
    );
    const scope = { name: 'mcp-backend', version: this.version };
    // The reader's own resource counts.
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics: [{ scope, metrics }] }, errors: [] };
  }
}

/** From when to when values were counted. */
type Window = Pick<DataPoint<number>, 'startTime' | 'endTime'>;

/** A metric in OpenTelemetry's form; none for a kind that has no equivalent (summaries, of which we have none). */
export function toMetricData(metric: PrometheusMetric, window: Window): MetricData[] {
  const { name, help, values } = metric;
  const common = {
    descriptor: { name, description: help, unit: unitOf(name), valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  switch (metric.type) {
    case 'counter':
      return [
        {
          ...common,
          dataPointType: DataPointType.SUM,
          isMonotonic: true,
          dataPoints: values.map((value) => toPoint(value, window)),
        },
      ];
    case 'gauge':
      return [
        {
          ...common,
          dataPointType: DataPointType.GAUGE,
          dataPoints: values.map((value) => toPoint(value, window)),
        },
      ];
    case 'histogram':
      return [
        { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: toHistograms(metric, window) },
      ];
    default:
      return [];
  }
}

function toPoint({ value, labels }: PrometheusValue, window: Window): DataPoint<number> {
  return { ...window, attributes: attributesOf(labels), value };
}

/**
 * Prometheus counts in a bucket whatever is not above its limit, so also what the buckets before it count, and writes
 * each as a value of its own; OpenTelemetry has one point for each set of labels, and counts each value once.
 */
function toHistograms({ name, values }: PrometheusMetric, window: Window): DataPoint<Histogram>[] {
  const points = new Map<
    string,
    { labels: PrometheusValue['labels']; upTo: Map<number, number>; sum: number }
  >();
  for (const { value, labels, metricName } of values) {
    const { le, ...own } = labels;
    const key = JSON.stringify(own);
    const point = points.get(key) ?? { labels: own, upTo: new Map<number, number>(), sum: 0 };
    points.set(key, point);
    if (metricName === `${name}_bucket`) point.upTo.set(le === '+Inf' ? Infinity : Number(le), value);
    if (metricName === `${name}_sum`) point.sum = value;
  }
  return [...points.values()].map(({ labels, upTo, sum }) => {
    const limits = [...upTo.keys()].sort((left, right) => left - right);
    const counts = limits.map((limit, place) => count(upTo, limit) - count(upTo, limits[place - 1]));
    const boundaries = limits.filter((limit) => limit !== Infinity);
    const value = { buckets: { boundaries, counts }, sum, count: count(upTo, Infinity) };
    return { ...window, attributes: attributesOf(labels), value };
  });
}

function count(upTo: ReadonlyMap<number, number>, limit: number | undefined): number {
  return limit === undefined ? 0 : (upTo.get(limit) ?? 0);
}

function attributesOf(labels: PrometheusValue['labels']): Attributes {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== undefined));
}

/** Of the units that our names have, in UCUM, as OpenTelemetry has them. */
function unitOf(name: string): string {
  const base = name.replace(/_total$/, '');
  if (base.endsWith('_seconds')) return 's';
  return base.endsWith('_bytes') ? 'By' : '';
}

function toHrTime(ms: number): HrTime {
  return [Math.trunc(ms / 1_000), (ms % 1_000) * 1_000_000];
}
