import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { load } from 'js-yaml';

import { SECRET_VARIABLES, variablesSchema } from '../../../src/config/variables';
import { PROBE_PATHS } from '../../../src/health/health-paths';
import { deploymentOf, EVERYTHING, helmArgs, LEAST, render } from '../../support/chart';
import { CHART, hasDeployTools, refusalOf } from '../../support/deploy-tools';
import { type Manifest, typeFaultsOf } from '../../support/kubernetes-types';
import { readMonitoring } from '../../support/monitoring-files';

const ROOT = resolve(__dirname, '../../..');
const ROLES = ['api', 'worker'];
const IS_SECRET = new Set<string>(SECRET_VARIABLES);

/** The type checker reads a few thousand declarations. */
(hasDeployTools() ? describe : describe.skip)('the chart', () => {
  let least: Manifest[];
  let everything: Manifest[];

  beforeAll(() => {
    least = render(LEAST);
    everything = render(EVERYTHING);
  });

  it.each([
    ['the least', LEAST],
    ['everything', EVERYTHING],
  ])('is to the liking of Helm and of the types of Kubernetes, with %s', (_name, values) => {
    expect(refusalOf('helm', helmArgs('lint', values))).toBeNull();
    expect(typeFaultsOf(render(values))).toEqual([]);
  });

  it('would not be with a field that Kubernetes does not know, lacks, or has as another type', () => {
    const budget: Manifest = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'x' },
    };
    const service: Manifest = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'y' } };
    expect(
      typeFaultsOf([
        { ...budget, spec: { maxUnavaliable: 1 } },
        { ...service, spec: { ports: [{ name: 'http' }] } },
        { ...service, spec: { type: 7 } },
      ]),
    ).toEqual([
      expect.stringMatching(/^PodDisruptionBudget x: .*maxUnavaliable/),
      expect.stringMatching(/^Service y: Property '"port"' is missing/),
      expect.stringMatching(/^Service y: Type 'number' is not assignable to type '"ClusterIP"/),
    ]);
  });

  it.each([
    ['no name of a Secret', [], /existingSecret must name a Secret/],
    ['a secret among the variables', [...LEAST, 'config.DATABASE_URL=postgresql://u:p@h/d'], /DATABASE_URL/],
    ['a value that nothing reads', [...LEAST, 'replicas=3'], /additional properties 'replicas'/],
    [
      'scrapes without a key',
      [...LEAST, 'monitoring.serviceMonitor.enabled=true'],
      /API key of the scope read/,
    ],
  ])('refuses %s', (_name, values, message) => {
    expect(refusalOf('helm', helmArgs('template', values))).toMatch(message);
  });

  it('holds no secret, and passes on none but as files', () => {
    expect(everything.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    for (const role of ROLES) {
      const { env } = deploymentOf(everything, role).spec.template.spec.containers[0];
      const secrets = env.filter(({ name }) => IS_SECRET.has(name.replace(/_FILE$/, '')));
      expect(secrets.map(({ name }) => name.endsWith('_FILE'))).not.toContain(false);
      expect(secrets.map(({ value }) => value)).not.toContainEqual(
        expect.not.stringMatching(/^\/run\/secrets\//),
      );
    }
    const namesOf = (role: string) =>
      deploymentOf(least, role).spec.template.spec.containers[0].env.map(({ name }) => name);
    expect(namesOf('api')).toContain('BOOTSTRAP_API_KEY_FILE');
    expect(namesOf('worker')).not.toContain('BOOTSTRAP_API_KEY_FILE');
  });

  describe.each(ROLES)('gives the role %s', (role) => {
    it('variables that the program takes', () => {
      const { env } = deploymentOf(everything, role).spec.template.spec.containers[0];
      const plain = env.filter(({ name }) => !name.endsWith('_FILE'));
      expect(plain.filter(({ name }) => !(name in variablesSchema.shape))).toEqual([]);
      const parsed = variablesSchema.parse(Object.fromEntries(plain.map(({ name, value }) => [name, value])));
      expect(parsed).toMatchObject({ ROLE: role, HOST: '0.0.0.0' });
    });

    it('probes that the program answers, and a stop that takes as long as it may', () => {
      const { spec } = deploymentOf(least, role).spec.template;
      const [container] = spec.containers;
      for (const [probe, path] of [
        ['livenessProbe', 'live'],
        ['readinessProbe', 'ready'],
        ['startupProbe', 'startup'],
      ] as const) {
        expect(PROBE_PATHS).toContain(`health/${path}`);
        expect(container[probe]).toMatchObject({ httpGet: { path: `/health/${path}`, port: 'http' } });
      }
      const seconds = (name: string) => Number(container.env.find((entry) => entry.name === name)?.value);
      const { seconds: preStop } = (container['lifecycle'] as { preStop: { sleep: { seconds: number } } })
        .preStop.sleep;
      // A worker does not drain: nobody sends it requests.
      const drain = role === 'api' ? seconds('SHUTDOWN_DRAIN_SECONDS') : 0;
      expect(preStop).toBeGreaterThan(0);
      expect(spec.terminationGracePeriodSeconds).toBe(
        preStop + drain + seconds('SHUTDOWN_GRACE_SECONDS') + 5,
      );
    });

    it('no rights: what the Pod Security Standard "restricted" asks for, and a read-only root', () => {
      const { spec } = deploymentOf(least, role).spec.template;
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(spec.containers[0]['securityContext']).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(spec.containers[0]['resources']).toMatchObject({
        requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string },
        limits: { memory: expect.any(String) as string },
      });
    });

    it('a user namespace with the sandbox, and still no capability', () => {
      const { spec } = deploymentOf(everything, role).spec.template;
      expect(spec).toMatchObject({
        hostUsers: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Unconfined' } },
      });
      expect(spec.containers[0]['securityContext']).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
        procMount: 'Unmasked',
      });
    });

    it('an autoscaler, a disruption budget, a network policy and a service that select its pods', () => {
      const { labels } = deploymentOf(least, role).spec.template.metadata;
      const other = deploymentOf(least, role === 'api' ? 'worker' : 'api').spec.template.metadata.labels;
      const selectors = [
        selectorOf('PodDisruptionBudget', 'selector'),
        selectorOf('NetworkPolicy', 'podSelector'),
        selectorOf('Service', 'selector'),
      ];
      for (const selector of selectors) {
        expect(labels).toMatchObject(selector);
        expect(other).not.toMatchObject(selector);
      }
      expect(ownOf('HorizontalPodAutoscaler')).toMatchObject({
        spec: { scaleTargetRef: { kind: 'Deployment', name: deploymentOf(least, role).metadata.name } },
      });
      // The autoscaler alone decides how many there are.
      expect(deploymentOf(least, role).spec).not.toHaveProperty('replicas');
    });

    function ownOf(kind: string): Manifest {
      const found = least.filter(
        (manifest) =>
          manifest.kind === kind && manifest.metadata.labels?.['app.kubernetes.io/component'] === role,
      );
      expect(found).toHaveLength(1);
      return found[0] as Manifest;
    }

    function selectorOf(kind: string, field: string): object {
      const selector = (ownOf(kind)['spec'] as Record<string, { matchLabels?: object }>)[field];
      return selector?.matchLabels ?? selector ?? {};
    }
  });

  it('lets nobody but the scrape reach a worker', () => {
    const policy = least.find(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name.endsWith('worker'),
    );
    expect(policy?.['spec']).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ namespaceSelector: expect.anything() as object }] }],
    });
  });

  it('carries the alerts and the dashboard of deploy/, and the version of the program', () => {
    const rule = everything.find(({ kind }) => kind === 'PrometheusRule');
    expect(rule?.['spec']).toEqual(load(readMonitoring('alerts.yaml')));
    const dashboard = everything.find(({ kind }) => kind === 'ConfigMap')?.['data'] as Record<string, string>;
    expect(JSON.parse(dashboard['mcp-backend.json'] ?? '')).toEqual(
      JSON.parse(readMonitoring('dashboard.json')),
    );
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(load(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'))).toMatchObject({ appVersion: version });
  });

  it('is what deploy/manifests was rendered from', () => {
    expect(() =>
      execFileSync(process.execPath, [join(ROOT, 'scripts/deploy/manifests.mjs'), '--check'], {
        stdio: 'pipe',
      }),
    ).not.toThrow();
  });
});
