import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { load } from 'js-yaml';

import { CHART } from './deploy-tools';

/** A rule of `alerts.yaml`. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface DashboardPanel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

export function readMonitoring(name: string): string {
  return readFileSync(join(CHART, 'monitoring', name), 'utf8');
}

export function alertRules(): readonly AlertRule[] {
  const { groups } = load(readMonitoring('alerts.yaml')) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** Every query of the dashboard, with Grafana's variables as Prometheus would get them. */
export function dashboardQueries(): readonly { readonly title: string; readonly expr: string }[] {
  const { panels } = JSON.parse(readMonitoring('dashboard.json')) as { panels: DashboardPanel[] };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      title,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', '.*'),
    })),
  );
}
