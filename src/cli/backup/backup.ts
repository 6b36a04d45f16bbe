import { createWriteStream } from 'node:fs';
import { readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, posix, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import { extract, type Header, type Pack, pack } from 'tar-stream';

import { AppError } from '../../common/errors/app-error';
import type { AppConfig } from '../../config/app-config';
import { openBaseBackup } from '../../database/embedded-postgres/base-backup';
import { syncFolder } from '../../database/embedded-postgres/data-folder';
import { embeddedPaths } from '../../database/embedded-postgres/paths';
import { bytesText } from '../bytes-text';
import { withDatabase } from '../with-database';
import {
  type ArchiveEntry,
  type BackupManifest,
  CLUSTER,
  KEY_FILES,
  MANIFEST,
  PASSWORD_FILE,
} from './backup-format';

/** Beside the file, until it is whole. */
const PARTIAL_SUFFIX = '.partial';

export interface BackupWishes {
  /** Whether the encryption key and the first API key are in it. */
  readonly withKeys: boolean;
}

/**
 * Writes the embedded database and the files beside it, as they are at one moment, into one file, while the program may
 * go on. It is a data folder, packed: readable by its owner only, for it holds the keys.
 *
 * @throws AppError CONFLICT when the file is there, INVALID_REQUEST with a database of one's own, UNAVAILABLE when it
 *   cannot be written
 */
export async function backUp(config: AppConfig, file: string, wishes: BackupWishes): Promise<string> {
  const path = resolve(file);
  if (config.databaseUrl !== null) {
    throw new AppError(
      'INVALID_REQUEST',
      'DATABASE_URL names a PostgreSQL of yours, which has tools of its own (pg_dump): docs/backup.md says what to save with it',
    );
  }
  if ((await stat(path).catch(() => null)) !== null) {
    throw new AppError('CONFLICT', `${path} is there already: choose another name, or remove it`);
  }
  return withDatabase(config, {}, async () => {
    const draft = `${path}${PARTIAL_SUFFIX}`;
    try {
      await pipeline(
        packDataFolder(config, wishes),
        createGzip(),
        createWriteStream(draft, { mode: 0o600, flush: true }),
      );
      await rename(draft, path);
      await syncFolder(dirname(path));
    } catch (error) {
      // Where it could not even be made, this fails as well.
      await rm(draft, { force: true }).catch(() => undefined);
      throw isOfFileSystem(error)
        ? new AppError('UNAVAILABLE', `${path} cannot be written (${error.code})`, { cause: error })
        : error;
    }
    const { size } = await stat(path);
    const warning = wishes.withKeys ? 'It holds the keys of what is encrypted: keep it like a password.' : '';
    return `Wrote ${path} (${bytesText(size)}). ${warning}`.trimEnd();
  });
}

/** The archive as a stream; what goes wrong while it is filled comes out of it as its error. */
function packDataFolder({ dataDir, version }: AppConfig, { withKeys }: BackupWishes): Readable {
  const archive = pack();
  const fill = async (): Promise<void> => {
    const paths = embeddedPaths(await realpath(dataDir));
    const manifest: BackupManifest = {
      format: 'mcp-backend/backup',
      format_version: 1,
      version,
      created_at: new Date().toISOString(),
    };
    archive.entry({ name: MANIFEST, mode: 0o600 }, `${JSON.stringify(manifest, null, 2)}\n`);
    for (const name of [PASSWORD_FILE, ...(withKeys ? KEY_FILES : [])]) {
      const content = await readIfThere(join(dataDir, name));
      if (content !== null) archive.entry({ name, mode: 0o600 }, content);
    }
    const password = await readFile(paths.passwordFile, 'utf8');
    await addCluster(archive, await openBaseBackup(paths, password));
    archive.finalize();
  };
  fill().catch((error: unknown) => {
    archive.destroy(error as Error);
  });
  return archive as unknown as Readable;
}

/** Puts the entries of PostgreSQL's archive below {@link CLUSTER}. */
async function addCluster(archive: Pack, base: Readable): Promise<void> {
  const entries = extract();
  await Promise.all([
    pipeline(base, entries),
    (async () => {
      for await (const entry of entries) {
        // Some are written as ./pg_wal/.
        await addEntry(archive, { ...entry.header, name: posix.join(CLUSTER, entry.header.name) }, entry);
      }
    })(),
  ]);
}

function addEntry(archive: Pack, header: Header, content: ArchiveEntry): Promise<void> {
  return new Promise((done, fail) => {
    const target = archive.entry(header, (error) => {
      if (error) fail(error);
      else done();
    });
    content.pipe(target);
  });
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function isOfFileSystem(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && 'path' in error;
}
