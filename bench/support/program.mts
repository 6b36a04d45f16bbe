import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, '../../dist/src/main.js');

/** The built program, running as a process of its own. */
export interface Program {
  readonly process: ChildProcess;
  /** Where it listens. */
  readonly baseUrl: string;
}

/** Starts the program with JSON logs, a free port and no limits of requests, and waits until it listens. */
export async function startProgram(env: Readonly<Record<string, string>>): Promise<Program> {
  const program = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      LOG_FORMAT: 'json',
      ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      RATE_LIMIT_PER_MINUTE: '1000000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { process: program, baseUrl: await listeningUrl(program) };
}

/** Asks a process to end, and waits until it has. */
export async function stopProcess(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  program.kill('SIGTERM');
  await once(program, 'close');
}

/** The `url` of the line by which a program says that it listens; what it writes afterwards is thrown away. */
export async function listeningUrl(program: ChildProcess): Promise<string> {
  if (program.stdout === null) throw new Error('The program has no output to read');
  for await (const line of createInterface({ input: program.stdout })) {
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url === undefined) continue;
    program.stdout.resume();
    return url;
  }
  throw new Error('The program ended before it listened');
}
