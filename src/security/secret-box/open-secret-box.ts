import { join } from 'node:path';

import type { AppConfig } from '../../config/app-config';
import type { DataKeyRepository } from './data-key.repository';
import { KEY_FILE, readKeyFile } from './key-file';
import { KeyRing } from './key-ring';
import { SecretBox } from './secret-box';

/**
 * Opens the secret box with the keys of ENCRYPTION_KEY, or of the file in DATA_DIR, which the first start makes.
 *
 * @throws AppError UNAVAILABLE when the keys are missing, or are not those of this database
 */
export async function openSecretBox(
  { encryptionKeys, dataDir }: Pick<AppConfig, 'encryptionKeys' | 'dataDir'>,
  dataKeys: DataKeyRepository,
): Promise<SecretBox> {
  if (encryptionKeys.length > 0) {
    return SecretBox.open(dataKeys, new KeyRing(encryptionKeys), 'ENCRYPTION_KEY');
  }
  const path = join(dataDir, KEY_FILE);
  const isFirstStart = (await dataKeys.findAll()).length === 0;
  return SecretBox.open(dataKeys, new KeyRing(await readKeyFile(path, isFirstStart)), path);
}
