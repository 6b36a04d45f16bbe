import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

import { refuseStaleBuild } from './ensure-built';

const CLI = join(__dirname, '../../dist/src/cli/main.js');

/** How `mcp-backend` ended, and what it wrote. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<CliRun>;
}

/** Runs the built `mcp-backend` with nothing of this process' environment but PATH. */
export function runCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliRun> {
  return startCli(args, env).ended;
}

/** Starts it without waiting for its end. Its output is no terminal. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCli {
  refuseStaleBuild();
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<CliRun>((resolve) => {
    child.once('close', (code) => {
      resolve({ code, ...output });
    });
  });
  return { child, output, ended };
}
