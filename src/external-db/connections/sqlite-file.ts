import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

import { AppError } from '../../common/errors/app-error';

/** Names of folders and a file, none hidden and none that leads up. */
const RELATIVE_PATH = /^(?!\.)[\w.+@-]+(\/(?!\.)[\w.+@-]+)*$/;
export const MAX_SQLITE_PATH_LENGTH = 255;

export const SQLITE_PATH_FORM =
  'must be the path of a file below the SQLite folder: names of letters, digits and "._+@-" with "/" between, none beginning with a dot';

/** Whether a text has the form of a path below the SQLite folder. */
export function isSqlitePath(text: string): boolean {
  return text.length <= MAX_SQLITE_PATH_LENGTH && RELATIVE_PATH.test(text);
}

/**
 * The real path of a database file below `folder`, which is made when missing. Links are followed before the check,
 * so that none leads out of it.
 *
 * @param mayBeMissing whether SQLite may make the file
 * @throws AppError UNPROCESSABLE when there is no such file, EGRESS_DENIED when it is elsewhere
 */
export async function findSqliteFile(folder: string, name: string, mayBeMissing: boolean): Promise<string> {
  if (!isSqlitePath(name)) throw new AppError('EGRESS_DENIED', `db_name: ${SQLITE_PATH_FORM}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const root = await realpath(folder);
  const path = join(root, name);
  const real = (await realOrNull(path)) ?? (mayBeMissing ? await besideReal(path) : null);
  if (real === null) {
    throw new AppError(
      'UNPROCESSABLE',
      `db_name: there is no file ${name} in the SQLite folder of this server`,
    );
  }
  if (relative(root, real).startsWith(`..${sep}`)) {
    throw new AppError('EGRESS_DENIED', 'db_name: leads out of the SQLite folder of this server');
  }
  return real;
}

/** For a file that is to be made: its folder must be there. */
async function besideReal(path: string): Promise<string | null> {
  const folder = await realOrNull(dirname(path));
  return folder === null ? null : join(folder, basename(path));
}

async function realOrNull(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
