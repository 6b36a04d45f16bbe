import type { AppConfig } from '../config/app-config';
import { DataKeyRepository } from '../security/secret-box/data-key.repository';
import { openSecretBox } from '../security/secret-box/open-secret-box';
import { requireSchema, withDatabase } from './with-database';

/**
 * Wraps every data key under the first key of ENCRYPTION_KEY (or of the key file), after which the others can be taken
 * out. The secrets themselves stay as they are. With an embedded database the program must not be running: it would go
 * on with the key that it read at its start.
 *
 * @throws AppError UNAVAILABLE when the keys are not those of the database, or it cannot be reached
 */
export function rotateEncryptionKey(config: AppConfig): Promise<string> {
  return withDatabase(config, { alone: true }, async (database) => {
    await requireSchema(database);
    const box = await openSecretBox(config, new DataKeyRepository(database.dataSource));
    const count = await box.rewrapDataKeys();
    return `${count} data keys are now under the first encryption key; the others are no longer needed`;
  });
}
