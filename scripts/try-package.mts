/**
 * `npm run test:package`: packs the program as npm would publish it, installs the package into an empty folder outside of
 * this repository, and uses it there as a person would: start, health, import, a run, stop. What is only here (development
 * dependencies, sources) cannot help it. Needs a build. Packages come from npm's cache where they are in it.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** npm tries a registry that it cannot reach again and again. */
const COMMAND_PATIENCE_MS = 300_000;

const START_PATIENCE_MS = 60_000;

/** What is imported and run: a script, so that the sandboxed interpreter is there as well. */
const CONFIGURATION = {
  format: 'mcp-backend/configuration',
  format_version: 1,
  mcp_definitions: [
    {
      name: 'doubles',
      mcp_type: 'typescript_script',
      versions: [
        {
          version: '1.0.0',
          config: { type: 'typescript_script', code: 'export default ({ n }: { n: number }) => 2 * n' },
        },
      ],
    },
  ],
  workflow_definitions: [
    {
      name: 'doubling',
      versions: [
        {
          version: '1.0.0',
          spec: {
            steps: [{ id: 'double', uses: { mcp_definition: 'doubles' }, inputs: { n: '${{ params.n }}' } }],
            result: '${{ steps.double.output }}',
          },
        },
      ],
    },
  ],
};

const undeclared = findUndeclaredImports();
if (undeclared.length > 0) {
  throw new Error(`dist imports packages that are not in "dependencies": ${undeclared.join(', ')}`);
}

const folder = mkdtempSync(join(tmpdir(), 'mcp-backend-package-'));
// Started by root, the embedded PostgreSQL runs as another account, which must pass.
chmodSync(folder, 0o711);
const env = {
  ...wayToTheRegistry(),
  // The Node that this script runs on, as if it were the one of the machine.
  PATH: [dirname(process.execPath), ...(process.env['PATH'] ?? '').split(delimiter)]
    .filter((path) => !path.includes('node_modules/.bin'))
    .join(delimiter),
  HOME: process.env['HOME'],
  NO_UPDATE_NOTIFIER: '1',
  LOG_FORMAT: 'json',
};
try {
  const [{ filename, size, entryCount }] = JSON.parse(
    run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], ROOT),
  ) as [{ filename: string; size: number; entryCount: number }];
  console.log(`Packed ${entryCount} files, ${Math.round(size / 1024)} kB`);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  run(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', filename],
    folder,
  );
  console.log('Installed it in an empty folder');
  await tryIt();
  console.log('It starts, answers, imports, runs a workflow and stops');
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

async function tryIt(): Promise<void> {
  // A group of its own: npx does not pass every signal on.
  const program = spawn('npx', ['--no-install', 'mcp-backend', 'serve', '--port', '0'], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(program, 'close');
  let output = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  try {
    const url = await listeningUrl(() => output);
    const health = (await (await fetch(`${url}/health`)).json()) as { status: string };
    expect('health', health.status, 'healthy');
    writeFileSync(join(folder, 'configuration.json'), JSON.stringify(CONFIGURATION));
    const cli = (...args: string[]): string =>
      run('npx', ['--no-install', 'mcp-backend', ...args, '--url', url], folder);
    cli('import', 'configuration.json');
    expect('result', cli('run', 'doubling', '--param', 'n=21', '--watch'), '42\n');
  } finally {
    process.kill(-(program.pid ?? 0), 'SIGTERM');
    await ended;
  }
  expect('a database that still runs', existsSync(join(folder, 'data/postgres/postmaster.pid')), false);
}

async function listeningUrl(output: () => string): Promise<string> {
  const deadline = Date.now() + START_PATIENCE_MS;
  while (Date.now() < deadline) {
    await sleep(50);
    const url = /"url":"([^"]+)"/.exec(output())?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`It did not start:\n${output()}`);
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: COMMAND_PATIENCE_MS,
  });
}

/** What a network that has proxies, certificates or a registry of its own makes npm need. */
function wayToTheRegistry(): NodeJS.ProcessEnv {
  const wanted = /^(https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|npm_config_(registry|cafile|globalconfig))$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name)));
}

function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)} instead of ${String(expected)}`);
}

/** Packages that the built program loads by name and package.json does not promise. */
function findUndeclaredImports(): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const names = readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?js$/.test(name))
    .flatMap((name) => {
      const code = readFileSync(join(ROOT, 'dist', name), 'utf8');
      const found = code.matchAll(/\b(?:require|import)\(['"]((?:@[\w.-]+\/)?[\w.-]+)[^'"]*['"]\)/g);
      return [...found].map(([, specifier = '']) => specifier);
    });
  const known = new Set([...Object.keys(dependencies), ...builtinModules, '.', '..']);
  return [...new Set(names)].filter((name) => !known.has(name) && name !== 'node');
}
