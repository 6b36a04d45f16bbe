import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { DemoError } from './demo-error.mts';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/src/main.js');

const DEFAULT_URL = 'http://127.0.0.1:3000';
const FIRST_KEY_FILE = 'bootstrap-api-key';

/** An answer to `/health` that takes longer is none. */
const PROBE_MS = 2_000;
/** The program ends itself within 8 s; past this time it is killed. */
const STOP_PATIENCE_MS = 10_000;

/** A service to work with. */
export interface Service extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  /** The key as a shell would read it, so that commands can be shown without it. */
  readonly keyForShell: string;
  /** Whether it stops, with all its data, when the demo ends. */
  readonly isTemporary: boolean;
}

/**
 * The service that runs at MCP_BACKEND_URL, or a new one in a temporary folder where none does.
 *
 * @throws DemoError when a service answers but there is no key for it, or none can be started
 */
export async function findOrStartService(signal: AbortSignal): Promise<Service> {
  const url = (process.env['MCP_BACKEND_URL'] ?? DEFAULT_URL).replace(/\/+$/, '');
  if (!URL.canParse(url)) throw new DemoError('MCP_BACKEND_URL must be a URL such as http://127.0.0.1:3000.');
  const status = await probe(url);
  if (status === null) return startService(signal);
  if (status !== 'healthy') throw new DemoError(`The service at ${url} runs but says that it is ${status}.`);
  const { key, keyForShell } = await findKey(url);
  const nothingToStop = (): Promise<void> => Promise.resolve();
  return { url, key, keyForShell, isTemporary: false, [Symbol.asyncDispose]: nothingToStop };
}

/** What an mcp-backend at `url` says of its health; null when there is none, or something else answers. */
async function probe(url: string): Promise<string | null> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(PROBE_MS) });
    const { status, version } = (await response.json()) as { status?: unknown; version?: unknown };
    return typeof status === 'string' && typeof version === 'string' ? status : null;
  } catch {
    return null;
  }
}

async function findKey(url: string): Promise<Pick<Service, 'key' | 'keyForShell'>> {
  const given = process.env['MCP_BACKEND_API_KEY'];
  if (given !== undefined && given !== '') return { key: given, keyForShell: '$MCP_BACKEND_API_KEY' };
  const path = join(resolve(process.env['DATA_DIR'] ?? './data'), FIRST_KEY_FILE);
  try {
    return { key: (await readFile(path, 'utf8')).trim(), keyForShell: `$(cat ${path})` };
  } catch {
    throw new DemoError(
      `A service runs at ${url}, but there is no key for it (${path} cannot be read).\n` +
        'Give one:  MCP_BACKEND_API_KEY=mcp_… npm run demo\n' +
        'Or name the folder of the service:  DATA_DIR=/its/folder npm run demo',
    );
  }
}

async function startService(signal: AbortSignal): Promise<Service> {
  if (!existsSync(MAIN)) throw new DemoError('The program is not built yet: run `npm run build` first.');
  const dataDir = await mkdtemp(join(tmpdir(), 'mcp-backend-demo-'));
  // Started by root, the embedded PostgreSQL runs as another account, which must pass through this folder.
  await chmod(dataDir, 0o711);
  const program = spawn(process.execPath, ['--enable-source-maps', MAIN], {
    // Nothing of the caller's configuration: this service is new and alone.
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TMPDIR: process.env['TMPDIR'],
      PORT: '0',
      LOG_FORMAT: 'json',
      DATA_DIR: dataDir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    await stopProgram(program);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    const url = await listeningUrl(program, signal);
    if ((await probe(url)) !== 'healthy') throw new DemoError('The service has started but is not healthy.');
    const path = join(dataDir, FIRST_KEY_FILE);
    const key = (await readFile(path, 'utf8')).trim();
    return { url, key, keyForShell: `$(cat ${path})`, isTemporary: true, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address that the program logs once it accepts requests. */
async function listeningUrl(program: ChildProcess, signal: AbortSignal): Promise<string> {
  const { stdout, stderr } = program;
  if (stdout === null || stderr === null) throw new Error('The program was started without pipes');
  let complaints = '';
  stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  for await (const line of createInterface({ input: stdout, signal })) {
    const { msg = '', url, level = 0 } = parseLogLine(line);
    if (level >= 50) complaints += `${msg}\n`;
    if (!msg.startsWith('Listening on ') || url === undefined) continue;
    stdout.resume();
    return url;
  }
  signal.throwIfAborted();
  throw new DemoError(`The service did not start.\n${complaints.trim()}`);
}

function parseLogLine(line: string): { msg?: string; url?: string; level?: number } {
  try {
    return JSON.parse(line) as { msg?: string; url?: string; level?: number };
  } catch {
    return { msg: line };
  }
}

async function stopProgram(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const ended = once(program, 'exit');
  program.kill('SIGTERM');
  const timer = setTimeout(() => program.kill('SIGKILL'), STOP_PATIENCE_MS);
  await ended;
  clearTimeout(timer);
}
