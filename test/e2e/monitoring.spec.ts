import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { alertRules, dashboardQueries } from '../support/monitoring-files';
import { readPromql } from '../support/promql';
import { RunClient } from '../support/run-client';
import { type RunningRest, startRest } from '../support/start-rest';

/** What Prometheus and Kubernetes add to every series. */
const TARGET_LABELS = ['job', 'instance', 'namespace', 'pod'];

const QUERIES = [
  ...alertRules().map(({ alert, expr }) => [alert, expr] as const),
  ...dashboardQueries().map(({ title, expr }) => [`the panel "${title}"`, expr] as const),
];

/** The labels of each metric of ours, as docs/metrics.md has them. */
function documentedLabels(): Map<string, string[]> {
  const page = readFileSync(join(resolve(__dirname, '../..'), 'docs/metrics.md'), 'utf8');
  const rows = page.matchAll(/^\| `(\w+)` +\| \w+ +\| ([^|]*)\|/gm);
  return new Map(
    [...rows].map(([, name = '', labels = '']) => [
      name,
      [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
    ]),
  );
}

describe('the alerts and the dashboard', () => {
  let running: RunningRest;
  /** Every series that /metrics can show, by name. */
  const series = new Map<string, { readonly family: string; readonly labels: readonly string[] }>();
  const documented = documentedLabels();

  beforeAll(async () => {
    running = await startRest();
    const runs = new RunClient(running.rest);
    const workflow = await runs.createWorkflow({ steps: [{ id: 'a', uses: { builtin: 'set' }, inputs: 1 }] });
    await runs.ended(await runs.start(workflow));
    const text = await running.rest.text('/metrics');
    for (const [, family = '', type] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
      const shown = new RegExp(`^${family}(?:_bucket|_count)?\\{(.*)\\} `, 'm').exec(text)?.[1] ?? '';
      const seen = [...shown.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
      const labels = [...new Set([...seen, ...(documented.get(family) ?? [])])];
      const add = (suffix: string, ...more: string[]) =>
        series.set(family + suffix, { family, labels: [...labels, ...more] });
      if (type !== 'histogram') add('');
      else {
        add('_bucket', 'le');
        add('_sum');
        add('_count');
      }
    }
  });

  afterAll(() => running.app.stop());

  it.each(QUERIES)('%s reads metrics and labels that the program has', (_name, expression) => {
    const { selections, grouping } = readPromql(expression);
    expect(selections.length).toBeGreaterThan(0);
    for (const { metric, labels } of selections) {
      const known = series.get(metric);
      expect([metric, known === undefined ? 'is not in /metrics' : 'is']).toEqual([metric, 'is']);
      const unknown = labels.filter((label) => ![...(known?.labels ?? []), ...TARGET_LABELS].includes(label));
      expect([metric, unknown]).toEqual([metric, []]);
    }
    const anywhere = selections.flatMap(({ metric }) => series.get(metric)?.labels ?? []);
    expect(grouping.filter((label) => ![...anywhere, ...TARGET_LABELS].includes(label))).toEqual([]);
  });

  it('a scrape with the key as a bearer token is answered, as the ServiceMonitor of the chart sends it', async () => {
    const headers = { authorization: `Bearer ${running.key}` };
    const { status } = await fetch(`${running.app.baseUrl}/api/v1/metrics`, { headers });
    expect(status).toBe(200);
  });

  it('docs/metrics.md has every metric of ours, and no other', () => {
    const own = [...new Set([...series.values()].map(({ family }) => family))].filter(
      (name) => !/^(process|nodejs)_/.test(name),
    );
    expect([...documented.keys()].toSorted()).toEqual(own.toSorted());
  });

  it('a query of a metric that is gone would be found', () => {
    expect(readPromql('sum by (le) (rate(renamed_bucket{pool="api"}[5m]))')).toEqual({
      selections: [{ metric: 'renamed_bucket', labels: ['pool'] }],
      grouping: ['le'],
    });
    expect(() => readPromql('sum by (le (x)')).toThrow('Not PromQL');
  });
});
