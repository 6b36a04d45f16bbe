import { randomBytes } from 'node:crypto';
import { type Stats } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { AppError } from '../../common/errors/app-error';
import { type EmbeddedPaths, embeddedPaths } from './paths';

/** Past this size the log of earlier starts is set aside, as `postgres.log.1`. */
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

/**
 * Makes DATA_DIR and the socket's folder.
 *
 * @throws AppError UNAVAILABLE when they cannot be made or are not ours
 */
export async function prepareDataFolder(dataDir: string): Promise<EmbeddedPaths> {
  const isRoot = process.getuid?.() === 0;
  try {
    // Root's server runs under another account, which must pass through; everything secret inside is 0600.
    await mkdir(dataDir, { recursive: true, mode: isRoot ? 0o711 : 0o700 });
    const paths = embeddedPaths(await realpath(dataDir));
    await mkdir(paths.socketDir, { mode: 0o700 }).catch(ignore('EEXIST'));
    if (dirname(paths.socketDir) !== paths.dataDir) await refuseForeign(paths.socketDir, isRoot);
    await chmod(paths.socketDir, 0o700);
    return paths;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'UNAVAILABLE',
      `DATA_DIR ${dataDir} cannot be used (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}): it must be a folder that this user may write`,
      { cause: error },
    );
  }
}

/** In a folder where anybody may write, somebody may have been there first. */
async function refuseForeign(folder: string, isRoot: boolean): Promise<void> {
  const status: Stats = await lstat(folder);
  const isOurs = isRoot || status.uid === process.getuid?.();
  if (status.isDirectory() && isOurs) return;
  throw new AppError(
    'UNAVAILABLE',
    `${folder}, the folder for PostgreSQL's socket, belongs to somebody else: remove it, or choose a DATA_DIR with a shorter path (the socket then stands inside; ${tmpdir()} is not needed)`,
  );
}

/**
 * Reads the password of the embedded server, or makes one. Of processes that start together, all get the same.
 */
export async function ensurePassword(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    ignore('ENOENT')(error);
  }
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(randomBytes(24).toString('base64url'));
    await file.sync();
  } finally {
    await file.close();
  }
  // A link, unlike a rename, never replaces what another process has put there.
  await link(draft, path).catch(ignore('EEXIST'));
  await unlink(draft);
  await syncFolder(dirname(path));
  return readFile(path, 'utf8');
}

/** Sets a log that has grown large aside. */
export async function rotateLog(path: string): Promise<void> {
  try {
    if ((await stat(path)).size > LOG_LIMIT_BYTES) await rename(path, `${path}.1`);
  } catch (error) {
    ignore('ENOENT')(error);
  }
}

/** Makes what was created or renamed in a folder outlive a power failure. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(join(folder, '.'), 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** For errors of the file system that are an expected answer. */
export function ignore(code: string): (error: unknown) => void {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
  };
}
