import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';

import { ApiKeyVerifier } from '../common/auth/api-key-verifier';
import type { CallerKey } from '../common/auth/caller-key';
import { Clock } from '../common/clock';
import { ListenHub } from '../database/listen-hub';
import { CREDENTIAL_CACHE_MS, CredentialCache } from '../common/auth/credential-cache';
import { hashApiKey, isWellFormedApiKey } from './api-key-format';
import { API_KEYS_CHANNEL } from './api-keys-channel';
import { ApiKeyUsageService } from './api-key-usage.service';
import { ApiKeyRepository } from './api-key.repository';

interface CachedKey {
  readonly caller: CallerKey;
  readonly expiresAt: Date | null;
}

/** Tells whose key a text is: by form, then by a short memory, then by the stored hash. */
@Injectable()
export class ApiKeyVerifierService extends ApiKeyVerifier implements OnModuleInit, OnModuleDestroy {
  private readonly cache = new CredentialCache<CachedKey>(CREDENTIAL_CACHE_MS);
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly usage: ApiKeyUsageService,
    private readonly hub: ListenHub,
    private readonly clock: Clock,
  ) {
    super();
  }

  onModuleInit(): void {
    const forget = (): void => {
      this.forgetAll();
    };
    this.unsubscribe = this.hub.subscribe(API_KEYS_CHANNEL, { onNotify: forget, onReconnect: forget });
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  async verify(key: string): Promise<CallerKey | null> {
    if (!isWellFormedApiKey(key)) return null;
    return this.verifyHash(hashApiKey(key));
  }

  async verifyHash(keyHash: Buffer): Promise<CallerKey | null> {
    // By hash, so that the memory of the process does not hold keys longer than their requests.
    const found = await this.cache.get(keyHash.toString('base64'), () => this.lookUp(keyHash));
    if (found === null || this.isPast(found.expiresAt)) return null;
    this.usage.note(found.caller.id);
    return found.caller;
  }

  /** Makes the next request of every key look it up again; other processes are told by NOTIFY. */
  forgetAll(): void {
    this.cache.forgetAll();
  }

  private async lookUp(keyHash: Buffer): Promise<CachedKey | null> {
    const key = await this.keys.findByHash(keyHash);
    if (key === null) return null;
    const { id, name, scopes, toolsetIds, expiresAt } = key;
    return { caller: { id, name, scopes, toolsetIds }, expiresAt };
  }

  private isPast(time: Date | null): boolean {
    return time !== null && time <= this.clock.now();
  }
}
