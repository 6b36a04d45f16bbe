import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/**
 * The release before the one that is being made: its program must work on this one's schema. Each release moves it on
 * (docs/migrations.md).
 */
export const PREVIOUS_RELEASE = {
  version: '0.1.0',
  commit: '5e22258125a3ac7741b8327bc84b63cf0af7ca04',
  migrations: [
    'InitialSchema1764000000000',
    'ExternalDatabases1764000100000',
    'Dashboard1764000200000',
    'RunSignals1764000300000',
    'RunFailure1764000310000',
    'RunReruns1764000320000',
    'ApiKeyRotation1764000400000',
    'Triggers1764000500000',
    'Retention1764000600000',
    'LargeDocuments1764000610000',
    'LivingCounts1764000620000',
    'Secrets1764100000000',
    'StepUsage1764120000000',
    'ComponentRuns1764130000000',
    'ComponentSchemas1764130100000',
    'McpToolApprovals1764140000000',
    'ExposedWorkflows1764150000000',
    'Toolsets1764150100000',
    'RegistryChanges1764150200000',
    'Sessions1764160000000',
    'NestedRuns1764170000000',
    'ConcurrencyKeys1764170100000',
    'Revisions1764180000000',
    'IdempotentAnswers1764180100000',
    'AuditEvents1764190000000',
  ],
} as const;

/** What a build needs of the repository. */
const SOURCES = [
  'src',
  'migrations',
  'ormconfig.ts',
  'package.json',
  'nest-cli.json',
  'tsconfig.json',
  '.swcrc',
];

/** Whether the release's sources are in this clone: a shallow one does not have them. */
export const HAS_PREVIOUS_RELEASE =
  spawnSync('git', ['cat-file', '-e', `${PREVIOUS_RELEASE.commit}^{commit}`], { cwd: ROOT }).status === 0;

/**
 * Builds the release from the history, once, and gives the path of its program. It runs on the packages that are installed
 * here.
 */
export function buildPreviousRelease(): string {
  const folder = join(ROOT, 'node_modules/.cache/previous-release', PREVIOUS_RELEASE.commit);
  const main = join(folder, 'dist/src/main.js');
  if (existsSync(main)) return main;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  const archive = execFileSync('git', ['archive', PREVIOUS_RELEASE.commit, ...SOURCES], {
    cwd: ROOT,
    maxBuffer: 2 ** 28,
  });
  execFileSync('tar', ['-x'], { cwd: draft, input: archive });
  execFileSync(process.execPath, [join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js'), 'build'], {
    cwd: draft,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return main;
}
