import type { Extract } from 'tar-stream';
import { z } from 'zod';

import { AppError } from '../../common/errors/app-error';
import { FIRST_KEY_FILE } from '../../config/client-config';
import { KEY_FILE } from '../../security/secret-box/key-file';

/** The first entry of a backup: what the rest is. */
export const MANIFEST = 'backup.json';

/** The folder of the database, in DATA_DIR and in the backup alike. */
export const CLUSTER = 'postgres';

/** Without it the program cannot use the database. */
export const PASSWORD_FILE = 'postgres-password';

/** Files that let somebody in, or open what is encrypted: a backup may be asked to leave them out. */
export const KEY_FILES = [KEY_FILE, FIRST_KEY_FILE];

/** A file or folder of an archive that is being read; the library has no name for it. */
export type ArchiveEntry = Extract extends AsyncIterable<infer Entry> ? Entry : never;

const manifestSchema = z.object({
  format: z.literal('mcp-backend/backup'),
  format_version: z.literal(1),
  /** The program's. */
  version: z.string(),
  created_at: z.iso.datetime(),
});

/** What a backup says of itself. */
export type BackupManifest = z.infer<typeof manifestSchema>;

/**
 * Reads the first entry of a backup.
 *
 * @throws AppError INVALID_REQUEST when it is not one, or one that only a newer version understands
 */
export function parseManifest(text: string): BackupManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AppError(
    'INVALID_REQUEST',
    'This is no backup that this version can read: a newer one may have made it',
  );
}
