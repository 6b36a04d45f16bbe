import { execFile } from 'node:child_process';
import { chown, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

import { AppError } from '../../common/errors/app-error';
import type { PostgresBinaries } from './binaries';
import {
  type Account,
  asAccount,
  asAccountThatMayPass,
  asOurselves,
  canReach,
  type Launcher,
} from './launcher';
import type { EmbeddedPaths } from './paths';

const run = promisify(execFile);

/** Who runs the server for root when there is no data yet, by preference. */
const ACCOUNT_NAMES = ['postgres', 'nobody'];

/**
 * Decides as whom PostgreSQL runs: as ourselves or, since it refuses to run as root, under the owner of the data or
 * an account without rights. Hands that account the folders that it writes.
 *
 * @throws AppError UNAVAILABLE when no account can reach its folders or the binaries; the message says what helps
 */
export async function prepareLauncher(paths: EmbeddedPaths, binaries: PostgresBinaries): Promise<Launcher> {
  if (process.getuid?.() !== 0) return asOurselves;
  const account = (await ownerOf(paths.cluster)) ?? (await firstAccount());
  if (account === null) {
    throw new AppError(
      'UNAVAILABLE',
      `PostgreSQL does not run as root, and there is no account ${ACCOUNT_NAMES.join(' or ')}: create one, start as an ordinary user, or set DATABASE_URL`,
    );
  }
  await chown(paths.socketDir, account.uid, account.gid);

  const folders = [paths.dataDir, paths.socketDir];
  for (const launcher of [asAccount(account), asAccountThatMayPass(account)]) {
    if (!(await canReach(launcher, binaries.postgres, folders))) continue;
    await takeOverRootsCluster(paths.cluster, account);
    return launcher;
  }
  const closed = (await canReach(asAccount(account), binaries.postgres, []))
    ? `DATA_DIR ${paths.dataDir}`
    : binaries.postgres;
  throw new AppError(
    'UNAVAILABLE',
    `PostgreSQL does not run as root, and the account ${account.name} cannot reach ${closed}, because a folder above is closed to it: move it to where that account may pass, open the folders (chmod o+x), install setpriv (util-linux), start as an ordinary user, or set DATABASE_URL`,
  );
}

/** A copy that root made of a data folder (a restored backup, say) belongs to root. */
async function takeOverRootsCluster(cluster: string, account: Account): Promise<void> {
  const status = await statOrNull(cluster);
  if (status?.uid === 0) await run('chown', ['-R', '-h', `${account.uid}:${account.gid}`, cluster]);
}

async function ownerOf(cluster: string): Promise<Account | null> {
  const status = await statOrNull(cluster);
  if (status === null || status.uid === 0) return null;
  return { name: `number ${status.uid}`, uid: status.uid, gid: status.gid };
}

async function firstAccount(): Promise<Account | null> {
  for (const name of ACCOUNT_NAMES) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)]);
    if (uid !== null && gid !== null && uid !== 0) return { name, uid, gid };
  }
  return null;
}

async function idOf(option: '-u' | '-g', name: string): Promise<number | null> {
  try {
    const { stdout } = await run('id', [option, name]);
    return Number(stdout.trim());
  } catch {
    return null;
  }
}

async function statOrNull(path: string): Promise<{ readonly uid: number; readonly gid: number } | null> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
