import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** The built program. */
export const MAIN = join(ROOT, 'dist/src/main.js');

/** What the build is made of. */
const SOURCES = ['src', 'migrations', 'ormconfig.ts', 'package.json', 'nest-cli.json', 'tsconfig.json'];

/** Builds the program unless what was built is newer than every source. */
export function ensureBuilt(): void {
  if (!isBuildStale()) return;
  execFileSync(process.execPath, [join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js'), 'build'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

export function isBuildStale(): boolean {
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
