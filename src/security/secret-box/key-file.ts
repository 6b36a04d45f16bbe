import { randomBytes, type KeyObject } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { AppError } from '../../common/errors/app-error';
import { ENCRYPTION_KEY_BYTES, ENCRYPTION_KEY_FORM, parseEncryptionKeys } from '../../config/encryption-keys';

/** In DATA_DIR. Whoever loses it loses the stored secrets. */
export const KEY_FILE = 'encryption-key';

/**
 * The master keys in a file of the form of ENCRYPTION_KEY.
 *
 * @param mayMake whether a missing file is made: only while no secret depends on what was in it
 * @throws AppError UNAVAILABLE when the file is missing and may not be made, or holds no keys
 */
export async function readKeyFile(path: string, mayMake: boolean): Promise<readonly KeyObject[]> {
  const text = (await readIfThere(path)) ?? (mayMake ? await makeKeyFile(path) : null);
  if (text === null) {
    throw new AppError(
      'UNAVAILABLE',
      `${path} is missing: the secrets in this database were encrypted under the key in it. Put it back from a backup, or set ENCRYPTION_KEY to what it held`,
    );
  }
  const keys = parseEncryptionKeys(text.trim());
  if (keys === null) throw new AppError('UNAVAILABLE', `${path}: what it holds ${ENCRYPTION_KEY_FORM}`);
  return keys;
}

/** Readable by the owner only from its first byte on, and on the disk before anything is encrypted under it. */
async function makeKeyFile(path: string): Promise<string> {
  const text = `${randomBytes(ENCRYPTION_KEY_BYTES).toString('base64')}\n`;
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return text;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new AppError(
      'UNAVAILABLE',
      `${path} cannot be read: it must belong to the user who runs this program`,
      {
        cause: error,
      },
    );
  }
}
