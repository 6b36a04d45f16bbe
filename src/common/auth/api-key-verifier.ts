import type { CallerKey } from './caller-key';

/** The way to the stored keys; `src/api-keys` implements it. Also the injection token. */
export abstract class ApiKeyVerifier {
  /** Whose key `key` is, or null when there is none such, or it has expired. */
  abstract verify(key: string): Promise<CallerKey | null>;

  /** The same for whoever kept the hash of a key's text: null as soon as that text would be refused. */
  abstract verifyHash(keyHash: Buffer): Promise<CallerKey | null>;
}
