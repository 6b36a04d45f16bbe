import { Injectable } from '@nestjs/common';
import { v7 as uuidV7 } from 'uuid';

import { Clock } from '../common/clock';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { notFound } from '../common/errors/not-found';
import type { Page } from '../common/pagination/page';
import { definitionInUse } from '../common/versioning/used-definition.error';
import { SecretBox } from '../security/secret-box/secret-box';
import type { CreateSecretDto } from './dto/create-secret.dto';
import type { SecretQueryDto } from './dto/secret-query.dto';
import type { UpdateSecretDto } from './dto/update-secret.dto';
import { secretPlace } from './secret-place';
import { type SecretRecord, SecretRepository } from './secret.repository';
import { SecretValuesService } from './secret-values.service';

/** Secrets: stored encrypted, replaced, listed without their values, deleted. */
@Injectable()
export class SecretService {
  constructor(
    private readonly secrets: SecretRepository,
    private readonly values: SecretValuesService,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  async list({ skip, limit, search }: SecretQueryDto): Promise<Page<SecretRecord>> {
    const { rows, total } = await this.secrets.listNewest(search, skip, limit);
    return { items: rows, total, skip, limit };
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<SecretRecord> {
    const secret = await this.secrets.findById(id);
    if (secret === null) throw notFound(`secret ${id}`);
    return secret;
  }

  /** @throws AppError CONFLICT for a name that is taken */
  async create({ name, description = '', value }: CreateSecretDto): Promise<SecretRecord> {
    const [id, now] = [uuidV7(), this.clock.now()];
    const sealedValue = await this.seal(id, value);
    await this.secrets.insert({ id, name, description, sealedValue, createdAt: now, updatedAt: now });
    return this.get(id);
  }

  /**
   * Changes what is given. Attempts that begin from now on use the new value; what runs goes on with the one it has.
   *
   * @throws AppError NOT_FOUND, PRECONDITION_FAILED
   */
  async update(
    id: string,
    { description, value }: UpdateSecretDto,
    expected: ExpectedRevisions,
  ): Promise<SecretRecord> {
    const change = {
      ...(description !== undefined && { description }),
      ...(value !== undefined && { sealedValue: await this.seal(id, value) }),
    };
    if (!(await this.secrets.change(id, change, expected))) throw notFound(`secret ${id}`);
    this.values.forget();
    return this.get(id);
  }

  /** @throws AppError NOT_FOUND, PRECONDITION_FAILED, or CONFLICT with the list of the definitions that refer to it */
  async delete(id: string, expected: ExpectedRevisions): Promise<void> {
    const outcome = await this.secrets.deleteUnlessUsed(id, expected);
    if (outcome.kind === 'not_found') throw notFound(`secret ${id}`);
    if (outcome.kind === 'used') throw definitionInUse(outcome.users);
    this.values.forget();
  }

  private seal(id: string, value: string): Promise<string> {
    return this.box.seal('secret', secretPlace(id), value);
  }
}
