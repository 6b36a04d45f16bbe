/**
 * `npm run sdk:generate`: writes sdk/src/generated from openapi.json and builds the package. With `--check` it writes
 * nothing but sdk/dist, and fails when the generated sources are not those of the document.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';

import { createClient } from '@hey-api/openapi-ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const committed = join(root, 'sdk/src/generated');
const isCheck = process.argv.includes('--check');

if (isCheck) {
  const fresh = mkdtempSync(join(tmpdir(), 'mcp-backend-sdk-'));
  await generate(fresh);
  if (JSON.stringify(filesOf(fresh)) !== JSON.stringify(filesOf(committed))) {
    console.error(
      'sdk/src/generated is not what openapi.json says: run `npm run sdk:generate` and commit it.',
    );
    process.exitCode = 1;
  }
  rmSync(fresh, { recursive: true, force: true });
} else {
  await generate(committed);
}
execFileSync('tsc', ['-p', 'sdk'], { cwd: root, stdio: 'inherit' });

async function generate(path) {
  await createClient({
    input: join(root, 'openapi.json'),
    // Node asks for the ending of a module's file.
    output: { path, clean: true, module: { extension: '.js' } },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
    logs: { level: 'silent' },
  });
}

/** Every file below a folder with its text, in order. */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]);
}
