import type { SealedPlace } from '../security/secret-box/sealed-text';

/** Where the value of a secret is stored: it opens nowhere else. */
export function secretPlace(secretId: string): SealedPlace {
  return { table: 'secrets', row: secretId, column: 'sealed_value' };
}
