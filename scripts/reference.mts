/**
 * `npm run reference`: writes docs/api-reference.md from openapi.json and from a tour of the built program, whose
 * requests and answers are its examples. With `--check` it writes nothing and fails when the page is not what the
 * document and the program say; numbers in examples, such as durations, may differ.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import * as prettier from 'prettier';

import { listeningUrl, startProgram, stopProcess } from '../bench/support/program.mts';
import type { OpenApiDocument } from './reference/openapi-document.mts';
import { renderPage } from './reference/page.mts';
import { type Exchange, Recorder } from './reference/recorder.mts';
import { steady, withoutNumbers } from './reference/steady.mts';
import { tour } from './reference/tour.mts';

const root = join(import.meta.dirname, '..');
const target = join(root, 'docs/api-reference.md');
const prose = join(import.meta.dirname, 'reference');
const isCheck = process.argv.includes('--check');
const require = createRequire(import.meta.url);

// In `npm test` the build has just been made; by itself this command makes it, lest it asks an old one.
if (!isCheck) execFileSync('nest', ['build'], { cwd: root, stdio: 'inherit' });

const document = JSON.parse(await readFile(join(root, 'openapi.json'), 'utf8')) as OpenApiDocument;
const exchanges = await record(document);
const page = renderPage(document, exchanges, {
  introduction: await readFile(join(prose, 'introduction.md'), 'utf8'),
  closing: await readFile(join(prose, 'closing.md'), 'utf8'),
});
const options = await prettier.resolveConfig(target);
const text = await prettier.format(page, { ...options, parser: 'markdown' });
const committed = await readFile(target, 'utf8').catch(() => '');

if (withoutNumbers(committed) !== withoutNumbers(text)) {
  if (isCheck) {
    console.error(
      'docs/api-reference.md is not what the program says: run `npm run reference` and commit it.',
    );
    process.exitCode = 1;
  } else {
    await writeFile(target, text);
  }
}

/** Starts the program on an empty folder and calls every operation. */
async function record(api: OpenApiDocument): Promise<Map<string, Exchange>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mcp-backend-reference-'));
  const upstream = spawn(process.execPath, [join(root, 'bench/support/mcp-upstream.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { generateApiKey } = require(join(root, 'dist/src/api-keys/api-key-format.js')) as {
    generateApiKey: () => string;
  };
  const key = generateApiKey();
  const startedAt = Date.now();
  const program = await startProgram({ DATA_DIR: dataDir, BOOTSTRAP_API_KEY: key });
  try {
    const mcpUrl = await listeningUrl(upstream);
    const recorder = new Recorder(api, program.baseUrl, key);
    await makeShop(dataDir);
    await tour(recorder, { baseUrl: program.baseUrl, mcpUrl, sqliteFile: 'shop.sqlite' });
    return steady(recorder.exchanges, {
      startedAt,
      replace: {
        [program.baseUrl]: 'http://127.0.0.1:3000',
        [mcpUrl]: 'http://127.0.0.1:8080/mcp',
        [dataDir]: '/var/lib/mcp-backend',
      },
    });
  } finally {
    await stopProcess(program.process);
    upstream.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The database of the shop. */
async function makeShop(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'sqlite');
  await mkdir(folder, { recursive: true });
  using shop = new DatabaseSync(join(folder, 'shop.sqlite'));
  shop.exec(`
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE orders (
      id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), total NUMERIC NOT NULL
    );
    INSERT INTO customers VALUES (1, 'Ada'), (2, 'Grace');
    INSERT INTO orders VALUES (1, 1, 9.5), (2, 2, 12), (3, 1, 20.25);
  `);
}
