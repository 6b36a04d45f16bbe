/**
 * `npm run image:check`: builds the Dockerfile with Podman and looks at what came of it: its size, what is in it, and
 * whether it runs with a read-only root, as nobody, without rights, sandbox included. Needs root on Debian, where it
 * installs what is missing; where no container can run, it says so loudly and checks nothing. The images that the
 * Dockerfile stands on cannot be pulled here and are made from the same packages; `--pull` takes the real ones.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';

import { makeBaseImages } from './base-images.mts';
import { Container, ensureEngine, removeContainers, whatHinders } from './container.mts';
import { podman, showPodman } from './podman.mts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const IMAGE = 'localhost/mcp-backend:check';

/** What the layers hold, unpacked, megabytes. A tenth more than today: whoever exceeds it should know why. */
const MOST_MB = 640;

/** Leave for the sandbox to make namespaces, as compose.yaml gives it; still no capability. */
const SANDBOX_LEAVE = [`--security-opt=seccomp=${root}deploy/seccomp.json`, '--security-opt=unmask=ALL'];

const NOTEBOOK = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [
    { cell_type: 'code', id: 'a', metadata: {}, source: 'print(6 * 7)', outputs: [], execution_count: null },
  ],
};

interface Readiness {
  readonly status: string;
  readonly details: Record<string, { readonly status: string }>;
}

let failed = 0;
let passed = 0;

function report(name: string, isGood: boolean, seen = ''): void {
  if (isGood) passed += 1;
  else failed += 1;
  console.log(`${isGood ? 'ok    ' : 'FAILED'} ${name}${seen === '' ? '' : `: ${seen}`}`);
}

const hindrance = whatHinders();
if (hindrance !== null) {
  console.log(`SKIPPED: this machine runs no containers: ${hindrance}`);
  process.exit(0);
}

build();
checkContents();
await checkWithoutLeave();
await checkWithSandbox();
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function build(): void {
  ensureEngine();
  removeContainers();
  const pull = process.argv.includes('--pull');
  if (!pull) makeBaseImages(baseImages(), root);
  const options = ['--network=host', '--isolation=chroot', '--format=docker', '--layers', '--quiet'];
  showPodman('build', ...options, pull ? '--pull=missing' : '--pull=never', '--tag', IMAGE, root);
  // Layers that no build of the last week has made.
  podman('image', 'prune', '--force', '--filter', 'until=168h');
}

/** As the Dockerfile's own arguments name them. */
function baseImages(): { debian: string; node: string } {
  const dockerfile = readFileSync(`${root}Dockerfile`, 'utf8');
  const named = (argument: string): string => {
    const [, value] = new RegExp(`^ARG ${argument}=(\\S+)$`, 'm').exec(dockerfile) ?? [];
    if (value === undefined) throw new Error(`The Dockerfile has no ARG ${argument}`);
    return value;
  };
  return { debian: named('BASE_IMAGE'), node: named('NODE_IMAGE') };
}

function checkContents(): void {
  const size = Number(podman('image', 'inspect', '--format', '{{.Size}}', IMAGE)) / 1e6;
  report(`is not larger than ${MOST_MB} MB`, size <= MOST_MB, `${Math.round(size)} MB`);
  const history = podman('history', '--format', '{{.Size}}\t{{.CreatedBy}}', IMAGE).split('\n');
  const layers = history.filter((line) => /^[\d.]+ MB/.test(line));
  console.log(layers.map((line) => `         ${line.slice(0, 110)}`).join('\n'));
  const [user, healthcheck] = ['{{.Config.User}}', '{{len .HealthCheck.Test}}'].map((format) =>
    podman('image', 'inspect', '--format', format, IMAGE),
  );
  report('runs as a user that is not root, by number', user === '10001:10001', user);
  report('has a health check', Number(healthcheck) > 0);
}

async function checkWithoutLeave(): Promise<void> {
  const begun = Date.now();
  const container = await Container.start(IMAGE);
  const seconds = Math.round((Date.now() - begun) / 1_000);
  report(
    'becomes healthy with a read-only root and no rights, by its own health check',
    true,
    `after ${seconds} s`,
  );
  const { status, details } = await container.json<Readiness>('/health/ready');
  report(
    'says that there is no sandbox',
    status === 'degraded' && details['sandbox']?.status === 'degraded',
    status,
  );
  report('is nobody', container.exec('id', '-u') === '10001');
  report(
    'cannot write to its root',
    container.execFails('touch', '/app/x') && container.execFails('touch', '/x'),
  );
  const rights = container.exec('cat', '/proc/1/status');
  report('has no capability', /^CapEff:\s0+$/m.test(rights) && /^CapBnd:\s0+$/m.test(rights));
  report('can gain none', /^NoNewPrivs:\s1$/m.test(rights));
  checkModules(container);
  report('stops in order', container.stop() === 0);
}

function checkModules(container: Container): void {
  const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { devDependencies: object };
  const tools = Object.keys(manifest.devDependencies).filter((name) => !name.startsWith('@types/'));
  const found = tools.filter((name) => !container.execFails('test', '-e', `/app/node_modules/${name}`));
  report('holds no dependency of developers', found.length === 0, found.join(', '));
  const strays = container.exec('find', '/app', '-name', '*.spec.*', '-not', '-path', '*/node_modules/*');
  report(
    'holds no tests, sources or secrets',
    strays === '' && container.execFails('test', '-e', '/app/src'),
  );
}

async function checkWithSandbox(): Promise<void> {
  const container = await Container.start(IMAGE, SANDBOX_LEAVE);
  const { status } = await container.json<Readiness>('/health/ready');
  report('has its sandbox where it may make namespaces, and still no capability', status === 'ok', status);
  const key = container.exec('cat', '/data/bootstrap-api-key');
  const python = 'import os\ndef main(inputs): return {"sum": inputs["a"] + 1, "uid": os.getuid()}';
  for (const [type, config, expected] of [
    ['python_script', { code: python }, '"sum":42'],
    ['jupyter_notebook', { notebook: NOTEBOOK }, '42'],
    ['typescript_script', { code: 'export default ({ a }) => a + 1', runtime: 'node' }, '42'],
  ] as const) {
    const result = await invoke(container, key, { type, ...config });
    report(`runs a ${type}`, result.includes(expected), result.slice(0, 200));
  }
  report('stops in order with a sandbox, too', container.stop() === 0);
}

/** Makes a component, calls it, and gives the run's outcome as JSON. */
async function invoke(container: Container, key: string, config: { readonly type: string }): Promise<string> {
  const post = <Body,>(path: string, body: object): Promise<Body> =>
    container.json<Body>(`/api/v1/${path}`, {
      method: 'POST',
      headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const { id } = await post<{ id: string }>('mcp-definitions', {
    name: config.type,
    mcp_type: config.type,
    config,
  });
  const run = await post<{ status: string; result: unknown; error: unknown }>(
    `mcp-definitions/${id}/invoke`,
    {
      inputs: { a: 41 },
      wait_seconds: 30,
    },
  );
  return JSON.stringify({ status: run.status, result: run.result, error: run.error });
}
