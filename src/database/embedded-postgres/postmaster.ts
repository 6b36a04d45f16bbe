import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { AppError } from '../../common/errors/app-error';
import type { PostgresBinaries } from './binaries';
import type { Launcher } from './launcher';
import { type EmbeddedPaths, SOCKET_PORT } from './paths';
import { findProcess } from './process-table';

/** A fast shutdown ends sessions and writes a checkpoint. Past this time it is told to stop at once. */
const FAST_SHUTDOWN_MS = 3_000;
/** An immediate shutdown writes nothing; what was committed is recovered at the next start. */
const IMMEDIATE_SHUTDOWN_MS = 1_500;
const POLL_MS = 20;

/** What the server runs with; the configuration file of the cluster stays as initdb made it. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  port: String(SOCKET_PORT),
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // Compiling costs more than our short statements do.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Statements and the details of errors hold what users stored.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** One run of the server process, from spawn to exit. */
export class Postmaster {
  /** Settles when the process has ended, with how it ended. Never rejects. */
  readonly exited: Promise<string>;
  private hasExited = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly logFile: string,
    private readonly logStart: number,
  ) {
    this.exited = new Promise((resolve) => {
      const end = (how: string): void => {
        this.hasExited = true;
        resolve(how);
      };
      child.once('exit', (code, signal) => {
        end(signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`);
      });
      child.once('error', (error) => {
        end(error.message);
      });
    });
  }

  /**
   * Starts the server in a session of its own: a Ctrl-C in the terminal reaches us only, and we stop the server when
   * nothing needs it any more.
   */
  static async spawn(
    paths: EmbeddedPaths,
    binaries: PostgresBinaries,
    launcher: Launcher,
    settings: Readonly<Record<string, string>>,
  ): Promise<Postmaster> {
    const all = { ...SETTINGS, ...settings, unix_socket_directories: quoted(paths.socketDir) };
    const { file, args, options } = launcher.launch(binaries.postgres, [
      '-D',
      paths.cluster,
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    const log = await open(paths.logFile, 'a', 0o600);
    try {
      const { size } = await log.stat();
      const child = spawn(file, args, { ...options, detached: true, stdio: ['ignore', log.fd, log.fd] });
      child.unref();
      return new Postmaster(child, paths.logFile, size);
    } finally {
      await log.close();
    }
  }

  get pid(): number | null {
    return this.child.pid ?? null;
  }

  get isRunning(): boolean {
    return !this.hasExited;
  }

  /** What the server said of why it could not start, in one line. */
  async findLastWords(): Promise<string> {
    const log = await open(this.logFile, 'r');
    try {
      const { size } = await log.stat();
      const length = Math.min(size - this.logStart, 16 * 1024);
      if (length <= 0) return 'it said nothing';
      const { buffer } = await log.read(Buffer.alloc(length), 0, length, size - length);
      const lines = buffer.toString().trim().split('\n');
      const fatal = lines.findLast((line) => /(FATAL|PANIC):/.test(line)) ?? lines.at(-1) ?? '';
      return fatal.replace(/^.*?(FATAL|PANIC): +/, '');
    } finally {
      await log.close();
    }
  }

  /** Asks for a fast shutdown and does not wait. */
  requestStop(): void {
    if (this.pid !== null && this.isRunning) process.kill(this.pid, 'SIGINT');
  }

  /** Stops the server in order, and harder when that takes too long. */
  async stop(): Promise<void> {
    if (this.pid === null || !this.isRunning) return;
    await stopServer(this.pid, () => Promise.resolve(this.isRunning));
  }
}

/**
 * Stops a server that is not our child, which a killed process of ours left.
 *
 * @throws AppError UNAVAILABLE when it is not ours to stop, or does not stop
 */
export async function stopForeignServer(pid: number): Promise<void> {
  await stopServer(pid, async () => (await findProcess(pid)) !== null);
}

async function stopServer(pid: number, isRunning: () => Promise<boolean>): Promise<void> {
  const steps = [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
  ] as const;
  for (const [signal, patienceMs] of steps) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ESRCH') return;
      throw new AppError(
        'UNAVAILABLE',
        `The PostgreSQL server with process id ${pid} belongs to another user: stop it, or start as that user`,
        { cause: error },
      );
    }
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
      if (!(await isRunning())) return;
      await sleep(POLL_MS);
    }
  }
  throw new AppError('UNAVAILABLE', `The PostgreSQL server with process id ${pid} does not stop`);
}

/** The setting is a list: a name with a comma or a space must be quoted. */
function quoted(folder: string): string {
  return `"${folder.replaceAll('"', '""')}"`;
}
