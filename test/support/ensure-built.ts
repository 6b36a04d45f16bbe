import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** The built program. */
export const MAIN = join(ROOT, 'dist/src/main.js');

/** What the build is made of. */
const SOURCES = [
  'src',
  'migrations',
  'sdk/src',
  'ormconfig.ts',
  'package.json',
  'nest-cli.json',
  'tsconfig.json',
];

/** Set for the processes of a run whose build was checked: sources that change during the run do not matter to it. */
const CHECKED = 'TEST_BUILD_CHECKED';

/** Builds the program unless what was built is newer than every source. */
export function ensureBuilt(): void {
  process.env[CHECKED] = 'yes';
  if (!isBuildStale()) return;
  execFileSync(process.execPath, [join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js'), 'build'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** For tests that start the program without having had it built first. */
export function refuseStaleBuild(): void {
  if (process.env[CHECKED] === undefined && isBuildStale()) {
    throw new Error('dist is older than the sources: run `npm run build` first');
  }
}

function isBuildStale(): boolean {
  if (!existsSync(MAIN)) return true;
  const builtAt = statSync(MAIN).mtimeMs;
  return SOURCES.flatMap((name) => filesBelow(join(ROOT, name))).some(
    (file) => statSync(file).mtimeMs > builtAt,
  );
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}
