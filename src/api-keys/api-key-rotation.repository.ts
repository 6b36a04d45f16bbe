import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { assertExpected, type ExpectedRevisions } from '../common/conditional/expected-revisions';
import { ApiKeyEntity } from './api-key.entity';
import { tellToForget } from './api-key.repository';

/** The text that takes an old one's place. */
export interface NewSecret {
  readonly keyHash: Buffer;
  readonly prefix: string;
  readonly rotatedAt: Date;
  /** When every earlier text ends at the latest. */
  readonly previousEndsAt: Date;
}

/** How a rotation ended. */
export type RotateOutcome =
  | { readonly kind: 'rotated'; readonly key: ApiKeyEntity }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'expired'; readonly at: Date };

/** Gives keys new texts, and keeps the old ones for as long as they work. */
@Injectable()
export class ApiKeyRotationRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Gives a key another text and tells every process to forget the one it had. That, and those before it, end with
   * the grace of this rotation: none is lengthened, so that a rotation without grace ends all of them.
   *
   * @throws AppError PRECONDITION_FAILED
   */
  async rotate(
    id: string,
    { keyHash, prefix, rotatedAt, previousEndsAt }: NewSecret,
    expected: ExpectedRevisions,
  ): Promise<RotateOutcome> {
    return this.dataSource.transaction<RotateOutcome>(async (manager) => {
      const key = await manager.findOne(ApiKeyEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (key === null) return { kind: 'not_found' };
      assertExpected(expected, key.revision);
      if (key.expiresAt !== null && key.expiresAt <= rotatedAt) return { kind: 'expired', at: key.expiresAt };
      await manager.query(
        'UPDATE api_key_retired_secrets SET ends_at = least(ends_at, $2) WHERE api_key_id = $1',
        [id, previousEndsAt],
      );
      await manager.query(
        'INSERT INTO api_key_retired_secrets (key_hash, api_key_id, ends_at) VALUES ($1, $2, $3)',
        [key.keyHash, id, previousEndsAt],
      );
      // What has ended serves nobody; the table holds only what may still be presented.
      await manager.query('DELETE FROM api_key_retired_secrets WHERE api_key_id = $1 AND ends_at <= $2', [
        id,
        rotatedAt,
      ]);
      const changed = { prefix, rotatedAt, revision: key.revision + 1 };
      await manager.update(ApiKeyEntity, id, { keyHash, ...changed });
      await tellToForget(manager, id);
      return { kind: 'rotated', key: Object.assign(key, changed) };
    });
  }
}
