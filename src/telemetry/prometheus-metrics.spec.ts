import { DataPointType } from '@opentelemetry/sdk-metrics';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';

import { PrometheusMetrics } from './prometheus-metrics';

describe('PrometheusMetrics', () => {
  let registry: Registry;
  let metrics: PrometheusMetrics;

  beforeEach(() => {
    registry = new Registry();
    metrics = new PrometheusMetrics('1.2.3');
    metrics.read(registry);
  });

  async function collected() {
    const { resourceMetrics } = await metrics.collect();
    return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  }

  it('gives nothing before it has a registry', async () => {
    const { resourceMetrics, errors } = await new PrometheusMetrics('1.2.3').collect();
    expect(resourceMetrics.scopeMetrics[0]?.metrics).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('gives a counter as a sum that only grows', async () => {
    const counter = new Counter({
      name: 'retries_total',
      help: 'h',
      labelNames: ['type'],
      registers: [registry],
    });
    counter.inc({ type: 'a' }, 2);
    counter.inc({ type: 'b' });
    expect(await collected()).toMatchObject([
      {
        descriptor: { name: 'retries_total', description: 'h', unit: '' },
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: [
          { attributes: { type: 'a' }, value: 2 },
          { attributes: { type: 'b' }, value: 1 },
        ],
      },
    ]);
  });

  it.each([
    ['memory_bytes', 'By'],
    ['uptime_seconds', 's'],
    ['cpu_seconds_total', 's'],
    ['workers', ''],
  ])('takes the unit of %s from its name', async (name, unit) => {
    new Gauge({ name, help: 'h', registers: [registry] }).set(3);
    expect(await collected()).toMatchObject([
      { descriptor: { name, unit }, dataPointType: DataPointType.GAUGE, dataPoints: [{ value: 3 }] },
    ]);
  });

  it('gives each set of labels of a histogram one point, which counts each value in one bucket', async () => {
    const histogram = new Histogram({
      name: 'duration_seconds',
      help: 'h',
      labelNames: ['route'],
      buckets: [1, 5, 10],
      registers: [registry],
    });
    for (const value of [0.5, 1, 3, 7, 8, 100]) histogram.observe({ route: '/a' }, value);
    histogram.observe({ route: '/b' }, 2);
    expect(await collected()).toMatchObject([
      {
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: [
          {
            attributes: { route: '/a' },
            value: { buckets: { boundaries: [1, 5, 10], counts: [2, 1, 2, 1] }, sum: 119.5, count: 6 },
          },
          {
            attributes: { route: '/b' },
            value: { buckets: { boundaries: [1, 5, 10], counts: [0, 1, 0, 0] }, sum: 2, count: 1 },
          },
        ],
      },
    ]);
  });

  it('leaves out a summary, which OpenTelemetry has no data of', async () => {
    new Summary({ name: 's', help: 'h', registers: [registry] }).observe(1);
    expect(await collected()).toEqual([]);
  });
});
