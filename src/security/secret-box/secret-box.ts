import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';

import { AppError } from '../../common/errors/app-error';
import { isUuid } from '../../common/wire/is-uuid';
import { ENCRYPTION_KEY_BYTES } from '../../config/encryption-keys';
import { apart } from '../../database/shared-transaction';
import type { DataKeyRecord, DataKeyRepository } from './data-key.repository';
import type { KeyRing } from './key-ring';
import { keyIdOf, type NamedKey, seal, type SealedPlace, unseal } from './sealed-text';

/** What kinds of secret there are: each has a data key of its own. */
export const SECRET_KINDS = [
  'canary',
  'external_db_password',
  'webhook_secret',
  'secret',
  'session_signing_key',
  'idempotent_answer',
] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

/** Any text: that it comes back is what counts. */
const CANARY_TEXT = 'This text can be read: the encryption key is the right one.';
const CANARY_PLACE: SealedPlace = { table: 'encryption_canary', row: 'true', column: 'sealed' };

/**
 * Encrypts secrets before they are stored, and decrypts them again. Each kind has a data key, made at its first use
 * and stored encrypted under a master key (envelope encryption).
 */
export class SecretBox {
  private readonly opened = new Map<string, NamedKey>();
  private readonly idByKind = new Map<string, string>();

  private constructor(
    private readonly dataKeys: DataKeyRepository,
    private readonly ring: KeyRing,
  ) {}

  /**
   * Opens every stored data key and the canary, which the first start of all makes.
   *
   * @param keyName where the master keys come from, for the message
   * @throws AppError UNAVAILABLE when the master keys are not those of this database
   */
  static async open(dataKeys: DataKeyRepository, ring: KeyRing, keyName: string): Promise<SecretBox> {
    const box = new SecretBox(dataKeys, ring);
    const records = await dataKeys.findAll();
    const isReadable = records.every((record) => box.remember(record) !== null) && (await box.readsCanary());
    if (!isReadable) {
      throw new AppError(
        'UNAVAILABLE',
        `${keyName}: the secrets in this database were encrypted under another key. Set the key that was used ` +
          'before; after a change of the key set both, the new one first, with a comma between',
      );
    }
    return box;
  }

  /** Whether the master keys of this process open every one of these stored data keys. */
  opens(records: readonly DataKeyRecord[]): boolean {
    return records.every(({ id, wrappedKey }) => this.ring.unwrap(id, wrappedKey) !== null);
  }

  /** Encrypts a secret for the place where it will be stored. */
  async seal(kind: SecretKind, place: SealedPlace, secret: string): Promise<string> {
    return seal(Buffer.from(secret), await this.keyFor(kind), place);
  }

  /**
   * Decrypts what {@link seal} made for the same place.
   *
   * @throws AppError INTERNAL when it is another place's, or was changed
   */
  async unseal(place: SealedPlace, sealed: string): Promise<string> {
    const key = await this.findKey(keyIdOf(sealed));
    const secret = key === null ? null : unseal(sealed, key, place);
    if (secret === null) {
      throw new AppError('INTERNAL', 'A stored secret cannot be decrypted: set it again', {
        cause: new Error(`${place.table}.${place.column} of row ${place.row} does not open`),
      });
    }
    return secret.toString();
  }

  /**
   * Wraps every data key that is under an older master key under the current one, so that the older one can be taken
   * out of ENCRYPTION_KEY. The secrets themselves stay as they are. May be run again, and by several at once.
   *
   * @returns how many were wrapped anew
   */
  async rewrapDataKeys(): Promise<number> {
    const outdated = (await this.dataKeys.findAll()).filter(
      ({ wrappedKey }) => !this.ring.isCurrent(wrappedKey),
    );
    for (const { id, wrappedKey } of outdated) {
      const key = this.ring.unwrap(id, wrappedKey);
      if (key === null) throw new AppError('INTERNAL', `The data key ${id} is under a key that is not set`);
      await this.dataKeys.replaceWrapping(id, wrappedKey, this.ring.wrap(id, key));
    }
    return outdated.length;
  }

  private async readsCanary(): Promise<boolean> {
    const sealed =
      (await this.dataKeys.findCanary()) ??
      (await this.dataKeys.insertCanaryUnlessThere(await this.seal('canary', CANARY_PLACE, CANARY_TEXT)));
    const key = await this.findKey(keyIdOf(sealed));
    return key !== null && unseal(sealed, key, CANARY_PLACE)?.toString() === CANARY_TEXT;
  }

  private async keyFor(kind: SecretKind): Promise<NamedKey> {
    const known = this.opened.get(this.idByKind.get(kind) ?? '');
    if (known !== undefined) return known;
    const [id, key] = [uuidV7(), newKey()];
    const made = { id, kind, wrappedKey: this.ring.wrap(id, key) };
    // Another process may be the first: its key is then the one. Apart, for it is remembered from here on.
    const kept = await apart(() => this.dataKeys.insertUnlessThere(made));
    return this.remember(kept) ?? unknownMaster(kept.id);
  }

  private async findKey(id: string | null): Promise<NamedKey | null> {
    if (id === null || !isUuid(id)) return null;
    const known = this.opened.get(id);
    if (known !== undefined) return known;
    // Another process may have made it since this one started.
    const record = await this.dataKeys.findById(id);
    return record === null ? null : this.remember(record);
  }

  private remember({ id, kind, wrappedKey }: DataKeyRecord): NamedKey | null {
    const key = this.ring.unwrap(id, wrappedKey);
    if (key === null) return null;
    const named: NamedKey = { id, key };
    this.opened.set(id, named);
    this.idByKind.set(kind, id);
    return named;
  }
}

function newKey(): KeyObject {
  return createSecretKey(randomBytes(ENCRYPTION_KEY_BYTES));
}

function unknownMaster(id: string): never {
  throw new AppError('UNAVAILABLE', `ENCRYPTION_KEY: the data key ${id} is under a key that is not set here`);
}
