import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { load } from 'js-yaml';

import { CHART, hasDeployTools, runTool } from '../../support/deploy-tools';
import { alertRules, readMonitoring } from '../../support/monitoring-files';

/** A test of promtool: without `exp_alerts`, the alert must be silent. */
interface AlertTest {
  readonly alertname: string;
  readonly exp_alerts?: readonly unknown[];
}

const names = alertRules().map(({ alert }) => alert);

(hasDeployTools() ? describe : describe.skip)("promtool's opinion of the alerts", () => {
  const folder = join(CHART, 'monitoring');

  it('is that they are rules', () => {
    expect(runTool('promtool', ['check', 'rules', 'alerts.yaml'], folder)).toContain(
      `SUCCESS: ${names.length} rules found`,
    );
  });

  it('is that they fire when they should and are silent when all is well', () => {
    expect(runTool('promtool', ['test', 'rules', 'alerts.test.yaml'], folder)).toContain('SUCCESS');
  });
});

describe('every alert', () => {
  const { tests } = load(readMonitoring('alerts.test.yaml')) as { tests: { alert_rule_test: AlertTest[] }[] };
  const asked = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  const page = readFileSync(join(resolve(__dirname, '../../..'), 'docs/deployment.md'), 'utf8');

  it.each(names)('%s is shown to fire and to be silent, and docs/deployment.md says what to do', (name) => {
    const own = asked.filter(({ alertname }) => alertname === name);
    expect(own.some(({ exp_alerts }) => exp_alerts !== undefined)).toBe(true);
    expect(own.some(({ exp_alerts }) => exp_alerts === undefined)).toBe(true);
    expect(page).toContain(`\`${name}\``);
  });

  it('has a severity that routes know', () => {
    expect(new Set(alertRules().map(({ labels }) => labels['severity']))).toEqual(
      new Set(['critical', 'warning']),
    );
  });
});
