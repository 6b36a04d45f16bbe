import { loadAll } from 'js-yaml';

import { CHART, runTool } from './deploy-tools';
import type { Manifest } from './kubernetes-types';

/** A container, as far as the tests look at it. */
export interface Container {
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly [field: string]: unknown;
}

/** The `spec` of a pod, as far as the tests look at it. */
export interface PodSpec {
  readonly containers: readonly [Container];
  readonly terminationGracePeriodSeconds: number;
  readonly [field: string]: unknown;
}

export interface Deployment extends Manifest {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: PodSpec;
    };
    readonly [field: string]: unknown;
  };
}

/** Everything that the chart can make. */
export const EVERYTHING = [
  'secret.existingSecret=the-secret',
  'secret.keys.redisUrl=redis-url',
  'secret.keys.otlpHeaders=otlp-headers',
  'sandbox.enabled=true',
  'ingress.enabled=true',
  'ingress.host=mcp.example',
  'ingress.tlsSecret=mcp-tls',
  'monitoring.serviceMonitor.enabled=true',
  'monitoring.serviceMonitor.apiKeySecret.name=metrics-key',
  'monitoring.prometheusRule.enabled=true',
  'monitoring.dashboard.enabled=true',
  'config.EGRESS_ALLOW=10.1.0.0/16',
];

export const LEAST = ['secret.existingSecret=the-secret'];

export function helmArgs(command: 'template' | 'lint', values: readonly string[]): string[] {
  const set = values.flatMap((value) => ['--set', value]);
  return command === 'lint'
    ? ['lint', '--strict', CHART, ...set]
    : ['template', 'mcp-backend', CHART, ...set];
}

/** What Helm makes of the chart with these values. */
export function render(values: readonly string[]): Manifest[] {
  return loadAll(runTool('helm', helmArgs('template', values))).filter(
    (manifest) => manifest !== null,
  ) as Manifest[];
}

export function deploymentOf(manifests: readonly Manifest[], role: string): Deployment {
  const found = manifests.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name.endsWith(`-${role}`),
  );
  if (found === undefined) throw new Error(`No deployment of the role ${role}`);
  return found as Deployment;
}
