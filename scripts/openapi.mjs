/**
 * `npm run openapi`: writes openapi.json from the built program, without a database. With `--check` it writes
 * nothing and fails when the file is not what the program says.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, URL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = `${root}openapi.json`;
const isCheck = process.argv.includes('--check');

// In `npm test` the build has just been made; by itself this command makes it, lest it describes an old one.
if (!isCheck) execFileSync('nest', ['build'], { cwd: root, stdio: 'inherit' });

const require = createRequire(import.meta.url);
require('reflect-metadata');
const { describeApp } = require('../dist/src/openapi/describe-app.js');
const { loadConfig } = require('../dist/src/config/load-config.js');
const prettier = await import('prettier');

// An empty environment: the document must not depend on whose machine wrote it.
const document = await describeApp(loadConfig({}, false));
const options = await prettier.resolveConfig(target);
const text = await prettier.format(JSON.stringify(document), { ...options, parser: 'json' });

if (!isCheck) {
  writeFileSync(target, text);
} else if (readOrNull(target) !== text) {
  console.error('openapi.json is not what the program says: run `npm run openapi` and commit it.');
  process.exitCode = 1;
}

function readOrNull(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
