import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { SecretValues } from '../components/secrets/secret-values';
import { ListenHub } from '../database/listen-hub';
import { SecretBox } from '../security/secret-box/secret-box';
import { SecretRedactor } from '../security/secret-redactor';
import { secretPlace } from './secret-place';
import { SecretRepository } from './secret.repository';
import { SECRETS_CHANNEL } from './secrets-channel';

/** How long a value may still be used after its change, should the notification of it be lost. */
const CACHE_MS = 5_000;
const MAX_CACHED = 1_000;

/** Under which the one redactor is remembered. */
const ALL = 'all';

/** The values of secrets, decrypted and remembered for a moment: steps ask for them at each attempt. */
@Injectable()
export class SecretValuesService extends SecretValues implements OnModuleInit, OnModuleDestroy {
  private readonly cache = new LRUCache<string, string>({ max: MAX_CACHED, ttl: CACHE_MS });
  private readonly redactors = new LRUCache<typeof ALL, SecretRedactor>({ max: 1, ttl: CACHE_MS });
  /** Grows when everything is forgotten: what was being read then is not remembered. */
  private generation = 0;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly secrets: SecretRepository,
    private readonly box: SecretBox,
    private readonly hub: ListenHub,
  ) {
    super();
  }

  onModuleInit(): void {
    const forget = (): void => {
      this.forget();
    };
    this.unsubscribe = this.hub.subscribe(SECRETS_CHANNEL, { onNotify: forget, onReconnect: forget });
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /** @throws AppError INTERNAL for a value that does not open */
  async find(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const values = new Map<string, string>();
    for (const name of names) {
      const known = this.cache.get(name);
      if (known !== undefined) values.set(name, known);
    }
    const unknown = names.filter((name) => !values.has(name));
    if (unknown.length === 0) return values;
    const { generation } = this;
    for (const { id, name, sealedValue } of await this.secrets.findSealed(unknown)) {
      const value = await this.box.unseal(secretPlace(id), sealedValue);
      values.set(name, value);
      if (generation === this.generation) this.cache.set(name, value);
    }
    return values;
  }

  /** What takes every stored secret out of a text. Remembered as values are. */
  async redactor(): Promise<SecretRedactor> {
    const known = this.redactors.get(ALL);
    if (known !== undefined) return known;
    const { generation } = this;
    const values = new Map<string, string>();
    for (const { id, name, sealedValue } of await this.secrets.findAllSealed()) {
      // One that does not open can have been given to nobody.
      await this.box.unseal(secretPlace(id), sealedValue).then(
        (value) => values.set(name, value),
        () => undefined,
      );
    }
    const redactor = new SecretRedactor(values);
    if (generation === this.generation) this.redactors.set(ALL, redactor);
    return redactor;
  }

  /** Other processes are told by NOTIFY. */
  forget(): void {
    this.generation += 1;
    this.cache.clear();
    this.redactors.clear();
  }
}
