import { execFile } from 'node:child_process';
import { access, chown, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { AppError } from '../../common/errors/app-error';
import type { PostgresBinaries } from './binaries';
import { syncFolder } from './data-folder';
import type { Launcher } from './launcher';
import type { EmbeddedPaths } from './paths';

const run = promisify(execFile);

/** Owns the cluster; used for what only a superuser may do. */
export const SUPERUSER = 'postgres';

/** Beginning of the names of folders in which clusters are made or restored. */
const DRAFT_PREFIX = 'postgres-init-';

/**
 * Makes the data directory if there is none. It is made beside its place and moved there when it is whole, so that a
 * start that is killed leaves nothing half made.
 *
 * @returns whether it was made
 * @throws AppError UNAVAILABLE when initdb fails or a folder of another kind is in its place
 */
export async function ensureCluster(
  paths: EmbeddedPaths,
  binaries: PostgresBinaries,
  launcher: Launcher,
  password: string,
): Promise<boolean> {
  if (await isCluster(paths.cluster)) return false;
  const draft = await makeDraftFolder(paths.dataDir);
  try {
    const passwordFile = join(draft, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (launcher.account !== null) {
      const { uid, gid } = launcher.account;
      await Promise.all([draft, passwordFile].map((path) => chown(path, uid, gid)));
    }
    const cluster = join(draft, 'cluster');
    await initialise(cluster, passwordFile, binaries, launcher);
    await rename(cluster, paths.cluster);
    await syncFolder(paths.dataDir);
    return true;
  } catch (error) {
    // Another process may have been faster, or tidied the draft away.
    if (await isCluster(paths.cluster)) return false;
    if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') {
      throw new AppError(
        'UNAVAILABLE',
        `${paths.cluster} is not empty and holds no PostgreSQL data: move it away`,
      );
    }
    throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** A folder for what is not whole yet: should this process be killed, the next start removes it. */
export function makeDraftFolder(dataDir: string): Promise<string> {
  return mkdtemp(join(dataDir, DRAFT_PREFIX));
}

/** Removes what killed starts left. Only for who holds the start lock. */
export async function removeDrafts(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(DRAFT_PREFIX)) await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

async function isCluster(cluster: string): Promise<boolean> {
  try {
    await access(join(cluster, 'PG_VERSION'));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    throw new AppError(
      'UNAVAILABLE',
      `${cluster} cannot be read (${code ?? 'unknown error'}): start as the user that owns it, or as root`,
      { cause: error },
    );
  }
}

async function initialise(
  cluster: string,
  passwordFile: string,
  binaries: PostgresBinaries,
  launcher: Launcher,
): Promise<void> {
  const { file, args, options } = launcher.launch(binaries.initdb, [
    `--pgdata=${cluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // PostgreSQL's own code-point order: the same on every machine, whatever its C library.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    '--no-instructions',
  ]);
  try {
    await run(file, args, { ...options, shell: false });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new AppError(
      'UNAVAILABLE',
      `PostgreSQL's data could not be made: ${stderr?.trim() ?? 'initdb failed'}`,
      {
        cause: error,
      },
    );
  }
}
