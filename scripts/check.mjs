/**
 * `npm test`: every check of the project, each with its outcome, and one closing line that counts checks and tests
 * together: `N passed, N failed`. All run even when one fails, so that one run tells all.
 *
 * What reads files only uses one core: two lanes of it go side by side, each check telling what it has to say when it is
 * over. Tests use all cores there are, one kind after the other. CI builds and runs the image beside all of them, which
 * waits for the network and the disk most of the time; it needs root, and elsewhere it is left to `npm run image:check`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const reports = mkdtempSync(join(tmpdir(), 'mcp-backend-test-'));
const report = (project) => join(reports, `${project}.json`);
const jest = (project, ...options) => [
  'jest',
  ['--selectProjects', project, '--json', '--outputFile', report(project), ...options],
];

// The generated client first: others read its types.
const generated = [['sdk is up to date', 'node', ['scripts/sdk.mjs', '--check']]];
const lint = [['lint', 'eslint', ['.']]];
const others = [
  ['format', 'prettier', ['--check', '.']],
  ['types', 'tsc', ['--noEmit']],
  ['imports', 'depcruise', ['--config', '.dependency-cruiser.cjs', 'ormconfig.ts', 'src', 'migrations']],
  ['build', 'nest', ['build']],
  ['openapi is up to date', 'node', ['scripts/openapi.mjs', '--check']],
  [
    'openapi follows its rules',
    'spectral',
    ['lint', 'openapi.json', '--fail-severity=error', '--quiet', '-D'],
  ],
  ['reference is up to date', 'node', ['scripts/reference.mts', '--check']],
  ['package installs and serves', 'node', ['scripts/try-package.mts']],
];
const tests = [
  ['unit tests', ...jest('unit')],
  ['integration tests', ...jest('integration', '--maxWorkers=2')],
  // Most of their time is spent waiting for programs to start, leases to end and timers to fire: more of them than cores.
  ['end-to-end tests', ...jest('e2e', '--maxWorkers=3')],
  // Its short form: each kind of fault at least once.
  ['chaos test', ...jest('chaos')],
];

const image =
  process.env.CI === 'true' ? [['image builds and runs', 'node', ['scripts/image/check.mts']]] : [];

let passed = 0;
let failed = 0;

await Promise.all([runInTurn(image, 'at the end'), runAllElse()]);

async function runAllElse() {
  await runInTurn(generated, 'at the end');
  await Promise.all([runInTurn(lint, 'at the end'), runInTurn(others, 'at the end')]);
  await runInTurn(tests, 'at once');
}

/** @param told 'at once' for what runs alone; 'at the end' for what would be mixed with others' output */
async function runInTurn(checks, told) {
  for (const [name, command, args] of checks) {
    const started = Date.now();
    if (told === 'at once') console.log(`\n── ${name}`);
    const { status, output } = await run(command, args, told);
    const ok = status === 0;
    if (ok) passed += 1;
    else failed += 1;
    if (told === 'at the end') console.log(`\n── ${name}${output === '' ? '' : `\n${output.trimEnd()}`}`);
    console.log(`── ${name}: ${ok ? 'passed' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
}

async function run(command, args, told) {
  const child = spawn(command, args, { stdio: told === 'at once' ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => (output += text));
  }
  try {
    const [status] = await once(child, 'close');
    return { status, output };
  } catch (error) {
    // There is no such command.
    return { status: null, output: String(error) };
  }
}

for (const project of ['unit', 'integration', 'e2e', 'chaos']) {
  try {
    const result = JSON.parse(readFileSync(report(project), 'utf8'));
    passed += result.numPassedTests;
    failed += result.numFailedTests;
    if (result.numPendingTests > 0) console.log(`SKIPPED: ${result.numPendingTests} ${project} tests`);
  } catch {
    console.log(`${project}: Jest wrote no report`);
  }
}
if (image.length === 0) console.log('SKIPPED: the image; npm run image:check builds and runs it');
rmSync(reports, { recursive: true, force: true });

console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
