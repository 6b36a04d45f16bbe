import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { v7 as uuidV7 } from 'uuid';

import { CREDENTIAL_CACHE_MS, CredentialCache } from '../common/auth/credential-cache';
import { Clock } from '../common/clock';
import { isUuid } from '../common/wire/is-uuid';
import type { SealedPlace } from '../security/secret-box/sealed-text';
import { SecretBox } from '../security/secret-box/secret-box';
import { SIGNING_KEY_LIFETIME_MS, TOKEN_LIFETIME_MS } from './session-times';
import { type SigningKeyRecord, SigningKeyRepository } from './signing-key.repository';

/** As many bits as the hash has (RFC 7518, section 3.2). */
const KEY_BYTES = 32;

export interface SigningKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The keys that sign sessions' tokens: made here, stored encrypted, the same for all processes. */
@Injectable()
export class SigningKeys {
  private readonly cache = new CredentialCache<KeyObject>(CREDENTIAL_CACHE_MS);

  constructor(
    private readonly keys: SigningKeyRepository,
    private readonly secrets: SecretBox,
    private readonly clock: Clock,
  ) {}

  /** The key to sign with, a new one when there is none or it has grown old. */
  async current(): Promise<SigningKey> {
    const outdated = this.before(SIGNING_KEY_LIFETIME_MS);
    const current = await this.keys.findCurrent();
    const record =
      current !== null && current.createdAt > outdated
        ? current
        : await this.keys.succeed(await this.make(), outdated, this.before(TOKEN_LIFETIME_MS));
    return { id: record.id, key: await this.open(record) };
  }

  /** A key that may have signed a token which is still good; null when there is none of that id. */
  async find(id: string): Promise<KeyObject | null> {
    if (!isUuid(id)) return null;
    return this.cache.get(id, async () => {
      const record = await this.keys.find(id, this.before(TOKEN_LIFETIME_MS));
      return record === null ? null : this.open(record);
    });
  }

  /** Makes every token that is about worthless, in all processes, and ends every session. */
  async replaceAll(): Promise<void> {
    await this.keys.replaceAll(await this.make());
    this.forgetAll();
  }

  forgetAll(): void {
    this.cache.forgetAll();
  }

  private async make(): Promise<SigningKeyRecord> {
    const id = uuidV7();
    const key = randomBytes(KEY_BYTES).toString('base64url');
    const sealedKey = await this.secrets.seal('session_signing_key', placeOf(id), key);
    return { id, sealedKey, createdAt: this.clock.now() };
  }

  private async open({ id, sealedKey }: SigningKeyRecord): Promise<KeyObject> {
    return createSecretKey(await this.secrets.unseal(placeOf(id), sealedKey), 'base64url');
  }

  private before(milliseconds: number): Date {
    return new Date(this.clock.now().getTime() - milliseconds);
  }
}

function placeOf(id: string): SealedPlace {
  return { table: 'session_signing_keys', row: id, column: 'sealed_key' };
}
