/**
 * `npm test`: every check of the project, one after the other, each with its outcome, and one closing line that
 * counts checks and tests together: `N passed, N failed`. All run even when one fails, so that one run tells all.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const reports = mkdtempSync(join(tmpdir(), 'mcp-backend-test-'));
const report = (project) => join(reports, `${project}.json`);
const jest = (project, ...options) => [
  'jest',
  ['--selectProjects', project, '--json', '--outputFile', report(project), ...options],
];

const checks = [
  ['format', 'prettier', ['--check', '.']],
  // Before what reads its types.
  ['sdk is up to date', 'node', ['scripts/sdk.mjs', '--check']],
  ['lint', 'eslint', ['.']],
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
  ['unit tests', ...jest('unit')],
  ['integration tests', ...jest('integration', '--maxWorkers=2')],
  // Most of their time is spent waiting for programs to start, leases to end and timers to fire: more of them than cores.
  ['end-to-end tests', ...jest('e2e', '--maxWorkers=3')],
  // Its short form: each kind of fault at least once.
  ['chaos test', ...jest('chaos')],
];

let passed = 0;
let failed = 0;
for (const [name, command, args] of checks) {
  const started = Date.now();
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  const ok = status === 0;
  if (ok) passed += 1;
  else failed += 1;
  console.log(`── ${name}: ${ok ? 'passed' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
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
rmSync(reports, { recursive: true, force: true });

console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
