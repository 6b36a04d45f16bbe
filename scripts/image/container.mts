import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from '../../bench/support/free-port.mts';
import { podman, podmanSucceeds, RUN_WITHOUT_RIGHTS, STORE } from './podman.mts';

/** A start with a new embedded database, on a busy machine. */
const START_PATIENCE_MS = 120_000;

/** A container of the image, as an orchestrator would run it: read-only, without rights. */
export class Container {
  readonly id: string;
  readonly url: string;

  private constructor(id: string, port: number) {
    this.id = id;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts one, and waits until the image's own health check is content. */
  static async start(
    image: string,
    options: string[] = [],
    env: Record<string, string> = {},
  ): Promise<Container> {
    const port = await freePort();
    const variables = { HOST: '127.0.0.1', PORT: String(port), ...env };
    const settings = Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const id = podman('run', '--detach', ...RUN_WITHOUT_RIGHTS, ...options, ...settings, image);
    const container = new Container(id, port);
    const deadline = Date.now() + START_PATIENCE_MS;
    while (!podmanSucceeds('healthcheck', 'run', id)) {
      if (Date.now() > deadline || !container.isRunning()) {
        throw new Error(`The container is not healthy:\n${podman('logs', id)}`);
      }
      await sleep(500);
    }
    return container;
  }

  isRunning(): boolean {
    return podman('container', 'inspect', '--format', '{{.State.Running}}', this.id) === 'true';
  }

  exec(...command: string[]): string {
    return podman('exec', this.id, ...command);
  }

  execFails(...command: string[]): boolean {
    return !podmanSucceeds('exec', this.id, ...command);
  }

  async json<Body>(path: string, init?: RequestInit): Promise<Body> {
    const response = await fetch(this.url + path, init);
    if (response.status >= 400)
      throw new Error(`${path} was answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Body;
  }

  /** Asks it to stop, and gives its exit code. */
  stop(): number {
    podman('stop', '--time', '30', this.id);
    const code = Number(podman('container', 'inspect', '--format', '{{.State.ExitCode}}', this.id));
    podman('rm', '--volumes', this.id);
    return code;
  }
}

/** Removes what an earlier run left behind. */
export function removeContainers(): void {
  podman('rm', '--all', '--force', '--volumes', '--time', '0');
}

/** Mounts what layers are mounted as, in namespaces as a container has. */
const TRY_TO_MOUNT = `
set -e
mkdir -p ${STORE}
folder=$(mktemp -d -p ${STORE})
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir lower upper work merged
unshare --mount --pid --uts --ipc --fork mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged`;

/**
 * What keeps this machine from running containers, in words; null where nothing does. A machine may be a container
 * itself, without the right to mount.
 */
export function whatHinders(): string | null {
  if (process.getuid?.() !== 0) return 'that needs root';
  if (spawnSync('apt-get', ['--version']).status !== 0) return "that needs Debian's packages";
  try {
    accessSync('/sys/fs/cgroup', constants.W_OK);
  } catch {
    return 'its control groups cannot be written';
  }
  return spawnSync('sh', ['-c', TRY_TO_MOUNT]).status === 0 ? null : 'it lets nobody mount layers';
}

/** Installs what builds and runs containers, where it is missing: Debian's packages. */
export function ensureEngine(): void {
  const hasAll = ['podman', 'runc', 'mmdebstrap'].every((tool) => {
    try {
      execFileSync('which', [tool], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
  if (hasAll) return;
  const install = 'apt-get install -qq -y --no-install-recommends podman buildah runc mmdebstrap >/dev/null';
  execFileSync('sh', ['-c', `apt-get update -qq && DEBIAN_FRONTEND=noninteractive ${install}`], {
    stdio: 'inherit',
  });
}
