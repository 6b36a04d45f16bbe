import type { AppConfig } from '../config/app-config';
import { dataSourceOptions } from '../database/data-source-options';
import { EmbeddedPostgres } from '../database/embedded-postgres/embedded-postgres';
import { openDataSource } from '../database/open-data-source';
import { DataKeyRepository } from '../security/secret-box/data-key.repository';
import { openSecretBox } from '../security/secret-box/open-secret-box';

/**
 * Wraps every data key under the first key of ENCRYPTION_KEY (or of the key file), after which the others can be taken
 * out. The secrets themselves stay as they are. With an embedded database the program must not be running.
 *
 * @throws AppError UNAVAILABLE when the keys are not those of the database, or it cannot be reached
 */
export async function rotateEncryptionKey(config: AppConfig): Promise<string> {
  const postgres =
    config.databaseUrl === null ? await EmbeddedPostgres.start({ dataDir: config.dataDir }) : null;
  try {
    const url = config.databaseUrl ?? postgres?.connectionUrl ?? '';
    const dataSource = await openDataSource(dataSourceOptions(url));
    try {
      const box = await openSecretBox(config, new DataKeyRepository(dataSource));
      const count = await box.rewrapDataKeys();
      return `${count} data keys are now under the first encryption key; the others are no longer needed`;
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await postgres?.stop();
  }
}
