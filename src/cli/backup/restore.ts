import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { extract } from 'tar-stream';

import { AppError } from '../../common/errors/app-error';
import type { AppConfig } from '../../config/app-config';
import { makeDraftFolder } from '../../database/embedded-postgres/cluster';
import { prepareDataFolder, syncFolder } from '../../database/embedded-postgres/data-folder';
import { readSchemaState } from '../../database/schema-state';
import { DataKeyRepository } from '../../security/secret-box/data-key.repository';
import { openSecretBox } from '../../security/secret-box/open-secret-box';
import { withDatabase } from '../with-database';
import {
  type ArchiveEntry,
  type BackupManifest,
  CLUSTER,
  KEY_FILES,
  MANIFEST,
  parseManifest,
  PASSWORD_FILE,
} from './backup-format';

/** PostgreSQL refuses folders that others may enter. */
const FOLDER_MODE = 0o700;

/**
 * Puts a backup into a data folder without a database, and starts the database once to see that it is whole and that the
 * encryption key opens it. What is restored appears when all of it has been read.
 *
 * @throws AppError CONFLICT when the folder is in use, INVALID_REQUEST when the file is no backup or is damaged
 */
export async function restore(config: AppConfig, file: string): Promise<string> {
  if (config.databaseUrl !== null) {
    throw new AppError(
      'INVALID_REQUEST',
      'DATABASE_URL is set: a backup of "mcp-backend backup" goes into an embedded database; docs/backup.md says how yours is restored',
    );
  }
  const { dataDir } = await prepareDataFolder(config.dataDir);
  await refuseTaken(dataDir, [CLUSTER, PASSWORD_FILE]);
  const draft = await makeDraftFolder(dataDir);
  let manifest: BackupManifest;
  try {
    manifest = await unpack(resolve(file), draft);
    await moveIntoPlace(draft, dataDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await check(config);
  return `Restored what version ${manifest.version} saved at ${manifest.created_at} into ${dataDir}. "mcp-backend serve" starts it.`;
}

async function unpack(path: string, draft: string): Promise<BackupManifest> {
  const entries = extract();
  const reading = pipeline(createReadStream(path), createGunzip(), entries);
  // Awaited below; what ends the loop first must not leave it unheard.
  reading.catch(() => undefined);
  let manifest: BackupManifest | null = null;
  try {
    for await (const entry of entries) {
      if (manifest === null) manifest = parseManifest(await readManifest(entry));
      else await unpackEntry(entry, draft);
    }
    await reading;
  } catch (error) {
    throw toRestoreError(error, path);
  }
  if (manifest === null) throw notWhole(path);
  await access(join(draft, CLUSTER, 'PG_VERSION')).catch(() => {
    throw notWhole(path);
  });
  return manifest;
}

async function readManifest(entry: ArchiveEntry): Promise<string> {
  if (entry.header.name !== MANIFEST) return '';
  return text(entry);
}

/** Names come from a file that anybody may have made: nothing but what a backup holds is written. */
async function unpackEntry(entry: ArchiveEntry, draft: string): Promise<void> {
  const { name, type } = entry.header;
  const parts = name.replace(/\/$/, '').split('/');
  const isKnown =
    parts[0] === CLUSTER || (parts.length === 1 && [PASSWORD_FILE, ...KEY_FILES].includes(name));
  if (!isKnown || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new AppError('INVALID_REQUEST', `The backup holds ${JSON.stringify(name)}, which no backup has`);
  }
  const path = join(draft, ...parts);
  if (type === 'directory') {
    await mkdir(path, { recursive: true, mode: FOLDER_MODE });
    entry.resume();
  } else if (type === 'file') {
    await mkdir(join(path, '..'), { recursive: true, mode: FOLDER_MODE });
    await pipeline(entry, createWriteStream(path, { mode: 0o600, flush: true }));
  } else {
    throw new AppError('INVALID_REQUEST', `The backup holds a ${type}, which no backup has`);
  }
}

/** The database last: a folder with one is whole. */
async function moveIntoPlace(draft: string, dataDir: string): Promise<void> {
  const files = [];
  for (const name of [PASSWORD_FILE, ...KEY_FILES]) if (await isThere(join(draft, name))) files.push(name);
  await refuseTaken(dataDir, files);
  for (const name of [...files, CLUSTER]) await rename(join(draft, name), join(dataDir, name));
  await syncFolder(dataDir);
}

async function refuseTaken(dataDir: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!(await isThere(join(dataDir, name)))) continue;
    throw new AppError(
      'CONFLICT',
      `${join(dataDir, name)} is there already: restore into an empty folder (--data-dir), or move it away`,
    );
  }
}

async function check(config: AppConfig): Promise<void> {
  await withDatabase(config, { alone: true }, async ({ dataSource }) => {
    const { unknown } = await readSchemaState(dataSource);
    if (unknown.length > 0) {
      throw new AppError(
        'CONFLICT',
        `It was restored, but a newer version of the program made it (migrations that only it knows: ${unknown.length}): start it with that version`,
      );
    }
    const dataKeys = new DataKeyRepository(dataSource);
    if ((await dataKeys.findAll()).length > 0) await openSecretBox(config, dataKeys).catch(tellItIsThere);
  });
}

/** What is wrong with the key is no reason to restore again. */
function tellItIsThere(error: unknown): never {
  if (!(error instanceof AppError)) throw error;
  throw new AppError(error.code, `It was restored. Before it can be started: ${error.message}`, {
    cause: error,
  });
}

function toRestoreError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'open' && code === 'ENOENT') return new AppError('NOT_FOUND', `There is no file ${path}`);
  if (syscall !== undefined) {
    return new AppError('UNAVAILABLE', `The backup cannot be unpacked (${code ?? syscall})`, {
      cause: error,
    });
  }
  return notWhole(path, error);
}

function notWhole(path: string, cause?: unknown): AppError {
  return new AppError(
    'INVALID_REQUEST',
    `${path} is no whole backup: it is damaged, cut off, or something else`,
    {
      cause,
    },
  );
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
