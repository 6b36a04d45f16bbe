import type { SealedPlace } from '../security/secret-box/sealed-text';

/** Where the password of a configuration is stored: it opens nowhere else. */
export function passwordPlace(configId: string): SealedPlace {
  return { table: 'external_db_configs', row: configId, column: 'sealed_password' };
}
