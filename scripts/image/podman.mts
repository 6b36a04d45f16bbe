import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Where images and layers are kept between runs: a second check builds what has changed, and nothing else. */
export const STORE = process.env['IMAGE_STORE'] ?? '/var/cache/mcp-backend-image';

const GLOBAL = [
  // Without systemd it complains at each start that it cannot run health checks by itself: we do.
  '--log-level=fatal',
  ...['--root', `${STORE}/images`, '--runroot', '/run/mcp-backend-image', '--runtime', 'runc'],
  ...['--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--storage-driver', 'overlay'],
];

/** A hard limit of this process. Podman asks for more than a container inside of another may have. */
function hardLimit(name: string): string {
  const line =
    readFileSync('/proc/self/limits', 'utf8')
      .split('\n')
      .find((text) => text.startsWith(name)) ?? '';
  return /\s(\d+)\s+\w+\s*$/.exec(line)?.[1] ?? '1024';
}

/** Runs `podman` and gives what it prints. */
export function podman(...args: string[]): string {
  return execFileSync('podman', [...GLOBAL, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}

/** Runs `podman`, shows what it prints, and throws when it fails. */
export function showPodman(...args: string[]): void {
  execFileSync('podman', [...GLOBAL, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Whether `podman` succeeds. */
export function podmanSucceeds(...args: string[]): boolean {
  return spawnSync('podman', [...GLOBAL, ...args], { stdio: 'ignore' }).status === 0;
}

/** How the image is run: as an orchestrator would that grants nothing. */
export const RUN_WITHOUT_RIGHTS = [
  ...['--read-only', '--cap-drop=all', '--security-opt=no-new-privileges', '--network=host'],
  ...['--ulimit', `nofile=${hardLimit('Max open files')}:${hardLimit('Max open files')}`],
  ...['--ulimit', 'nproc=4096:4096'],
  // The image's own volume, /data, is the other place that can be written to.
  ...['--tmpfs', '/tmp:size=512m,mode=1777'],
];
