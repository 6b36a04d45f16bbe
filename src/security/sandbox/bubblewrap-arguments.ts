import { dirname } from 'node:path';
import { isWithin } from './path-rules';
import { prlimitOptions } from './process-limits';
import { SANDBOX_PATH, type RuntimeLayout } from './runtime-layout';
import type { SandboxedCommand } from './sandboxed-command';

const BYTES_PER_MB = 1024 * 1024;

/** Who the sandbox's processes are. */
export type SandboxIdentity =
  /** We are root: bubblewrap needs no user namespace, and the command is started as this account. */
  | { readonly kind: 'drop'; readonly uid: number }
  /** We are not: in a user namespace of its own, as this account there and as ourselves outside. */
  | { readonly kind: 'user_namespace'; readonly uid: number };

/** Descriptors that bubblewrap reads: its options, and the filter of system calls. */
export interface SandboxDescriptors {
  readonly options: number;
  readonly seccomp: number;
}

/** How bubblewrap is started. */
export interface BubblewrapStart {
  /** Its own arguments, visible to everyone on the machine. */
  readonly args: string[];
  /** Written into the descriptor `options`, each ended by a NUL: they hold the command's environment. */
  readonly options: string[];
}

/** Makes the arguments of bwrap(1). Later mounts lie over earlier ones, so the order matters. */
export function bubblewrapStart(
  command: SandboxedCommand,
  layout: RuntimeLayout,
  identity: SandboxIdentity,
  descriptors: SandboxDescriptors,
): BubblewrapStart {
  const { limits } = command;
  return {
    args: [
      '--args',
      String(descriptors.options),
      '--',
      ...(identity.kind === 'drop' ? becomeUser(identity.uid) : []),
      '/usr/bin/prlimit',
      ...prlimitOptions(limits),
      '--',
      command.command,
      ...command.args,
    ],
    options: [
      ...namespaces(identity, command.network),
      // Killed when we die, however we die; without the terminal, whose input it could type into.
      '--die-with-parent',
      '--new-session',
      ...['--seccomp', String(descriptors.seccomp)],
      ...['--proc', '/proc'],
      ...['--dev', '/dev'],
      // Before the folders: those of paths below it are to lie in it.
      ...tmp('1777', limits.tmpMb, '/tmp'),
      ...folders([...layout.binds.map(({ to }) => to), ...command.readPaths, ...command.writePaths]),
      ...layout.links.flatMap(({ at, target }) => ['--symlink', target, at]),
      ...layout.binds.flatMap(({ from, to }) => ['--ro-bind', from, to]),
      ...(command.network ? layout.networkFiles : []).flatMap((path) => ['--ro-bind', path, path]),
      // Before the command's paths: one of them may lie in a folder of ours, and is to be seen.
      ...hide(
        layout.hidden,
        layout.binds.map(({ to }) => to),
      ),
      ...command.readPaths.flatMap((path) => ['--ro-bind', path, path]),
      ...command.writePaths.flatMap((path) => ['--bind', path, path]),
      ...hide(layout.hidden, [...command.readPaths, ...command.writePaths]),
      // Both are file systems in memory: whoever could write to them could fill it.
      ...['--remount-ro', '/dev'],
      ...['--remount-ro', '/'],
      ...['--chdir', '/tmp'],
      ...Object.entries(variables(command.env)).flatMap(([name, value]) => ['--setenv', name, value]),
    ],
  };
}

function namespaces(identity: SandboxIdentity, network: boolean): string[] {
  return [
    ...(identity.kind === 'user_namespace'
      ? ['--unshare-user', '--disable-userns', '--uid', String(identity.uid), '--gid', String(identity.uid)]
      : []),
    '--unshare-ipc',
    '--unshare-pid',
    '--unshare-uts',
    '--unshare-cgroup-try',
    ...['--hostname', 'sandbox'],
    ...(network ? [] : ['--unshare-net']),
  ];
}

/** Root could not be held by a limit of processes, and could read what is root's. */
function becomeUser(uid: number): string[] {
  return [
    '/usr/bin/setpriv',
    `--reuid=${uid}`,
    `--regid=${uid}`,
    '--clear-groups',
    '--bounding-set=-all',
    '--inh-caps=-all',
    '--no-new-privs',
    '--',
  ];
}

/** Every folder that mounts stand in: bubblewrap would make them for root only. */
function folders(mounts: readonly string[]): string[] {
  const above = new Set(mounts.flatMap(ancestors));
  return [...above].sort().flatMap((folder) => ['--perms', '0755', '--dir', folder]);
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === '/' ? [] : [...ancestors(parent), parent];
}

function tmp(mode: string, sizeMb: number, path: string): string[] {
  return ['--perms', mode, '--size', String(sizeMb * BYTES_PER_MB), '--tmpfs', path];
}

/** An empty folder over each of ours that would be seen through a bind. */
function hide(hidden: readonly string[], shown: readonly string[]): string[] {
  return hidden
    .filter((folder) => shown.some((path) => isWithin(folder, path)))
    .flatMap((folder) => tmp('0555', 1, folder));
}

function variables(own: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: SANDBOX_PATH, HOME: '/tmp', TMPDIR: '/tmp', LANG: 'C.UTF-8', ...own };
}
