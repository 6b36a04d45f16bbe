import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { AppError } from '../../common/errors/app-error';
import { bubblewrapStart, type SandboxIdentity } from './bubblewrap-arguments';
import { childEnvironment } from './child-environment';
import { watchMemory } from './memory-watch';
import { ProcessGroup } from './process-group';
import { probeSandbox } from './probe-sandbox';
import { findRuntimeLayout, SANDBOX_NODE, type RuntimeLayout } from './runtime-layout';
import type { SandboxedCommand } from './sandboxed-command';
import { seccompFilter } from './seccomp-filter';
import { FILTERED_ARCHITECTURES } from './syscalls';
import { canWalkTree } from './tree-memory';
import { NAMESPACE_UID, UidPool } from './uid-pool';

/** Where bubblewrap may be: not looked for in PATH, because we may be root. */
const BUBBLEWRAP_PATHS = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap'];

/** The kernel's killer of processes takes the highest first (proc_pid_oom_score_adj(5)). */
const FIRST_TO_GO = '1000';

export interface SandboxOptions {
  /** Run code without a sandbox where there is none; otherwise it is refused. */
  readonly allowUnsandboxed: boolean;
  /** Folders of this program that must not be seen: its data and itself. */
  readonly hidden: readonly string[];
}

/** Whether something can be used, and if not why, in words for operators. */
export interface Availability {
  readonly available: boolean;
  readonly reason: string | null;
}

/** How a command is started. */
export interface StartOptions {
  /** Gives the command descriptor 3, a pipe to us. */
  readonly hasResultPipe?: boolean;
  /** How often its memory is looked at, milliseconds. */
  readonly watchEveryMs?: number;
}

/** A program inside of {@link Sandbox} that writes to this descriptor writes to us. */
export const RESULT_DESCRIPTOR = 3;

const NOT_PROBED = 'no sandbox was looked for yet';

/**
 * Starts other people's programs where they see a read-only system, a /tmp of their own and nothing else of this
 * machine: bubblewrap (namespaces), a filter of system calls, and limits. Linux only.
 */
export class Sandbox {
  private readonly uids = new UidPool();
  private readonly isRoot = process.getuid?.() === 0;
  private layout: RuntimeLayout | null = null;
  private bubblewrap: string | null = null;
  private fault: string | null = NOT_PROBED;
  private probing: Promise<Availability> | null = null;

  constructor(private readonly options: SandboxOptions) {}

  /** Looks for a sandbox and really starts one; once, however often it is asked. Never rejects. */
  probe(): Promise<Availability> {
    this.probing ??= this.look();
    return this.probing;
  }

  /** Whether there is a sandbox. */
  get sandbox(): Availability {
    return { available: this.fault === null, reason: this.fault };
  }

  /** Whether code may run here: in a sandbox, or without one because the operator said so. */
  get code(): Availability {
    if (this.fault === null || this.options.allowUnsandboxed) return { available: true, reason: null };
    return {
      available: false,
      reason: `needs the Linux sandbox: ${this.fault}. ALLOW_UNSANDBOXED_CODE=true runs it without one`,
    };
  }

  /** The path of Node for a command that is started here. */
  get node(): string {
    return this.fault === null ? SANDBOX_NODE : process.execPath;
  }

  /**
   * Starts a command: in the sandbox where there is one, else with the cleaned environment and limits only.
   * Whoever runs code, and not a command that an operator allowed, asks {@link code} first.
   */
  start(command: SandboxedCommand, options: StartOptions = {}): ProcessGroup {
    const group =
      this.fault === null ? this.startSandboxed(command, options) : this.startBare(command, options);
    watchMemory(group, command.limits.memoryMb, options.watchEveryMs ?? 100);
    return group;
  }

  private async look(): Promise<Availability> {
    this.fault = this.findFault() ?? (await probeSandbox((command) => this.startSandboxed(command, {})));
    return this.sandbox;
  }

  private startSandboxed(command: SandboxedCommand, { hasResultPipe = false }: StartOptions): ProcessGroup {
    if (this.layout === null || this.bubblewrap === null) throw new Error('There is no sandbox');
    const identity = this.identity();
    const results = hasResultPipe ? 1 : 0;
    const descriptors = { options: 3 + results, seccomp: 4 + results };
    const { args, options } = bubblewrapStart(command, this.layout, identity, descriptors);
    // Nothing but this empty environment can be read in /proc/1/environ; --clearenv would leave ours there.
    const group = new ProcessGroup({ command: this.bubblewrap, args, env: {}, extraPipes: results + 2 });
    const release = () => {
      if (identity.kind === 'drop') this.uids.release(identity.uid);
    };
    group.ended.then(release, release);
    feed(group, descriptors.options, Buffer.from(options.map((option) => `${option}\0`).join('')));
    feed(group, descriptors.seccomp, seccompFilter(process.arch as (typeof FILTERED_ARCHITECTURES)[number]));
    offerToKernel(group.child.pid);
    return group;
  }

  private startBare(command: SandboxedCommand, { hasResultPipe = false }: StartOptions): ProcessGroup {
    return new ProcessGroup({
      command: command.command,
      args: command.args,
      env: childEnvironment(command.env),
      extraPipes: hasResultPipe ? 1 : 0,
    });
  }

  private identity(): SandboxIdentity {
    if (!this.isRoot) return { kind: 'user_namespace', uid: NAMESPACE_UID };
    const uid = this.uids.take();
    if (uid === null) throw new AppError('UNAVAILABLE', 'Too many sandboxes run at once; try again later');
    return { kind: 'drop', uid };
  }

  private findFault(): string | null {
    if (process.platform !== 'linux') return `it exists on Linux only, and this is ${process.platform}`;
    if (!FILTERED_ARCHITECTURES.some((known) => known === process.arch)) {
      return `there is no filter of system calls for the processor ${process.arch}`;
    }
    if (!canWalkTree()) return 'this kernel does not tell the children of a process (CONFIG_PROC_CHILDREN)';
    this.bubblewrap = BUBBLEWRAP_PATHS.find((path) => existsSync(path)) ?? null;
    if (this.bubblewrap === null) return 'bubblewrap (bwrap) is not installed';
    this.layout = findRuntimeLayout(this.options.hidden);
    return null;
  }
}

function feed(group: ProcessGroup, descriptor: number, bytes: Buffer): void {
  const pipe = group.pipe(descriptor);
  // A bubblewrap that could not start does not read; `ended` tells.
  pipe.on('error', () => undefined);
  pipe.end(bytes);
}

/** When the machine runs out of memory, a sandbox goes rather than this program. */
function offerToKernel(pid: number | undefined): void {
  if (pid === undefined) return;
  writeFile(`/proc/${pid}/oom_score_adj`, FIRST_TO_GO).catch(() => undefined);
}
