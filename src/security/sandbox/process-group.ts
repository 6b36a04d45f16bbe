import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Duplex, Readable, Writable } from 'node:stream';

/** How long a process may take to end after its input is closed, and then again after SIGTERM. */
const GRACE_MS = 1000;

/** How long output of an ended process is waited for; a process outside of the group may hold the pipes open. */
const DRAIN_MS = 500;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** A program to start, as `spawn` takes it. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Pipes beside standard input, output and error: descriptors from 3 on. */
  readonly extraPipes: number;
}

/**
 * A child in a process group of its own, so that it can be ended together with whatever it started (`npx`
 * and shells run the real server as a grandchild). One that leaves its group by `setsid` is not followed.
 */
export class ProcessGroup {
  readonly child: Child;
  /** Settles when the child has ended and its output is read, with words for why; rejects when it did not start. */
  readonly ended: Promise<string>;
  private hasEnded = false;
  private why: string | null = null;

  constructor({ command, args, env, extraPipes }: Launch) {
    // Not our working directory: relative paths of a configuration must not depend on where we were started.
    const options = { env, cwd: tmpdir(), detached: true };
    const stdio = Array.from({ length: 3 + extraPipes }, () => 'pipe' as const);
    this.child = spawn(command, args, { ...options, stdio });
    // A process that has gone makes writes fail; `ended` tells it.
    this.child.stdin.on('error', () => undefined);
    killAtExit(this);
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', (error) => {
        this.finish();
        reject(error);
      });
      this.child.once('exit', (code, signal) => {
        this.finish();
        const how = this.why ?? (signal === null ? endedWith(code) : `it was ended by ${signal}`);
        const drained = setTimeout(resolve, DRAIN_MS, how);
        this.child.once('close', () => {
          clearTimeout(drained);
          resolve(how);
        });
      });
    });
    this.ended.catch(() => undefined);
  }

  /** Also false for a child whose end Node has not told yet: what is sent to it would be lost. */
  get isRunning(): boolean {
    return !this.hasEnded && this.child.pid !== undefined && !hasGone(this.child.pid);
  }

  /** The pipe at a descriptor from 3 on. */
  pipe(descriptor: number): Duplex {
    return this.child.stdio[descriptor] as unknown as Duplex;
  }

  /**
   * Ends the group at once. Resolves when the child is gone.
   * @param why words for {@link ended}, when a limit is the reason
   */
  async kill(why: string | null = null): Promise<void> {
    this.why ??= why;
    this.signal('SIGKILL');
    await this.ended.catch(() => undefined);
  }

  /** Asks the group to end (closed input, then SIGTERM) and ends it when it does not. */
  async stop(): Promise<void> {
    this.child.stdin.end();
    if (!(await this.endsInTime())) this.signal('SIGTERM');
    await this.endsInTime();
    await this.kill();
  }

  private async endsInTime(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, GRACE_MS, undefined);
    await Promise.race([promise, this.ended.catch(() => undefined)]);
    clearTimeout(timer);
    return this.hasEnded;
  }

  private finish(): void {
    // The rest of the group must not outlive the child. Later its id may be another's.
    this.signal('SIGKILL');
    this.hasEnded = true;
    forget(this);
  }

  /** Tells the group, unless it has ended. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.child;
    if (pid === undefined || this.hasEnded) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody is left in the group.
    }
  }
}

/** Groups that must not outlive this process. */
const living = new Set<ProcessGroup>();

/** One listener for all of them: Node takes eleven for a leak, and says so. */
function killAtExit(group: ProcessGroup): void {
  if (living.size === 0) process.once('exit', killLiving);
  living.add(group);
}

function forget(group: ProcessGroup): void {
  living.delete(group);
  if (living.size === 0) process.removeListener('exit', killLiving);
}

function killLiving(): void {
  for (const group of living) group.signal('SIGKILL');
}

/** prlimit(1) and shells end so when there is no program of that name. */
const NO_SUCH_COMMAND = 127;

function endedWith(code: number | null): string {
  const words = `it ended with exit code ${String(code)}`;
  return code === NO_SUCH_COMMAND ? `${words} (there is no such command where it was started)` : words;
}

/** Linux only: elsewhere the end of a child is known when Node tells it. */
const HAS_PROC = existsSync('/proc/self/stat');

/**
 * Whether the system knows that a child has ended: it has gone, or waits to be reaped. The state is the field behind
 * the name in `/proc/<pid>/stat`, which is in parentheses and may hold any itself (proc(5)).
 */
function hasGone(pid: number): boolean {
  if (!HAS_PROC) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.startsWith('Z', stat.lastIndexOf(')') + 2);
  } catch {
    return true;
  }
}
