import { Injectable } from '@nestjs/common';
import { v7 as uuidV7 } from 'uuid';

import { type Scope, SCOPES } from '../common/auth/caller-key';
import { Clock } from '../common/clock';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { AppError } from '../common/errors/app-error';
import { invalidRequest } from '../common/errors/invalid-request';
import { notFound } from '../common/errors/not-found';
import type { Page } from '../common/pagination/page';
import { afterCommit } from '../database/shared-transaction';
import { ToolsetRepository } from '../toolsets/toolset.repository';
import { apiKeyPrefix, generateApiKey, hashApiKey } from './api-key-format';
import { ApiKeyRotationRepository } from './api-key-rotation.repository';
import { ApiKeyVerifierService } from './api-key-verifier.service';
import { ApiKeyRepository, type ListedApiKey, type NewApiKey } from './api-key.repository';
import type { ApiKeyQueryDto } from './dto/api-key-query.dto';
import type { CreateApiKeyDto } from './dto/create-api-key.dto';

/** What a key may do when its creation names no scopes: everything but manage keys. */
const DEFAULT_SCOPES: readonly Scope[] = SCOPES.filter((scope) => scope !== 'admin');

/** A key that was just made, with its text: the only time that it is known. */
export interface CreatedApiKey {
  readonly key: string;
  readonly record: NewApiKey;
}

/** A key that just got a new text. */
export interface RotatedApiKey extends CreatedApiKey {
  readonly rotatedAt: Date;
  /** Until when the text that it had works; null when it ended at once. */
  readonly previousKeyEndsAt: Date | null;
}

/** Makes, lists, rotates and deletes keys. */
@Injectable()
export class ApiKeyService {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly rotations: ApiKeyRotationRepository,
    private readonly verifier: ApiKeyVerifierService,
    private readonly toolsets: ToolsetRepository,
    private readonly clock: Clock,
  ) {}

  async list({ skip, limit, ...filter }: ApiKeyQueryDto): Promise<Page<ListedApiKey>> {
    const { rows, total } = await this.keys.listNewest(filter, skip, limit);
    return { items: rows, total, skip, limit };
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<ListedApiKey> {
    const key = await this.keys.findById(id);
    if (key === null) throw notFound(`API key ${id}`);
    return key;
  }

  async create(dto: CreateApiKeyDto): Promise<CreatedApiKey> {
    const created = draftApiKey(dto, this.clock.now());
    await this.checkToolsets(created.record.toolsetIds ?? []);
    await this.keys.insert(created.record);
    return created;
  }

  /**
   * Gives a key a new text; id, name, scopes and end stay.
   *
   * @param graceSeconds how long the text that it had still works
   * @throws AppError NOT_FOUND, PRECONDITION_FAILED, or CONFLICT when the key has expired: no text of it would work
   */
  async rotate(id: string, graceSeconds: number, expected: ExpectedRevisions): Promise<RotatedApiKey> {
    const key = generateApiKey();
    const rotatedAt = this.clock.now();
    const previousEndsAt = new Date(rotatedAt.getTime() + graceSeconds * 1000);
    const secret = { keyHash: hashApiKey(key), prefix: apiKeyPrefix(key), rotatedAt, previousEndsAt };
    const outcome = await this.rotations.rotate(id, secret, expected);
    if (outcome.kind === 'not_found') throw notFound(`API key ${id}`);
    if (outcome.kind === 'expired') {
      throw new AppError(
        'CONFLICT',
        `The key expired at ${outcome.at.toISOString()}: create another one instead of rotating it`,
      );
    }
    afterCommit(() => {
      this.verifier.forgetAll();
    });
    return {
      key,
      record: outcome.key,
      rotatedAt,
      previousKeyEndsAt: graceSeconds === 0 ? null : previousEndsAt,
    };
  }

  /** @throws AppError NOT_FOUND, PRECONDITION_FAILED, or CONFLICT for the last key that can manage keys */
  async delete(id: string, expected: ExpectedRevisions): Promise<void> {
    const outcome = await this.keys.deleteUnlessLastAdmin(id, expected);
    if (outcome === 'not_found') throw notFound(`API key ${id}`);
    if (outcome === 'last_admin') {
      throw new AppError(
        'CONFLICT',
        'This is the last key with the scope admin: create another one before deleting it',
      );
    }
    // The notification comes a moment after the answer; in this process the key ends before it.
    this.verifier.forgetAll();
  }

  private async checkToolsets(ids: readonly string[]): Promise<void> {
    const missing = ids.length === 0 ? [] : await this.toolsets.findMissing(ids);
    if (missing.length === 0) return;
    throw invalidRequest([{ path: 'toolsets', message: `there is no toolset ${missing.join(', ')}` }]);
  }
}

/**
 * A key as `dto` asks for it, not stored yet.
 *
 * @throws AppError INVALID_REQUEST when it would have ended already
 */
export function draftApiKey(dto: CreateApiKeyDto, now: Date): CreatedApiKey {
  const expiresAt = dto.expiresAt === undefined ? null : new Date(dto.expiresAt);
  if (expiresAt !== null && expiresAt <= now) {
    throw invalidRequest([{ path: 'expires_at', message: 'must be in the future' }]);
  }
  const toolsetIds = dto.toolsets?.map((id) => id.toLowerCase()) ?? null;
  const key = generateApiKey();
  const record = newApiKey(key, {
    name: dto.name,
    scopes: dto.scopes ?? DEFAULT_SCOPES,
    toolsetIds,
    expiresAt,
    createdAt: now,
  });
  return { key, record };
}

/** The record of a key: an id, its hash, and what its owner chose. */
export function newApiKey(
  key: string,
  chosen: {
    readonly name: string;
    readonly scopes: readonly Scope[];
    readonly toolsetIds: string[] | null;
    readonly expiresAt: Date | null;
    readonly createdAt: Date;
  },
): NewApiKey {
  return {
    id: uuidV7(),
    name: chosen.name,
    prefix: apiKeyPrefix(key),
    keyHash: hashApiKey(key),
    scopes: SCOPES.filter((scope) => chosen.scopes.includes(scope)),
    toolsetIds: chosen.toolsetIds,
    expiresAt: chosen.expiresAt,
    revision: 1,
    createdAt: chosen.createdAt,
  };
}
