import { Injectable } from '@nestjs/common';
import { v7 as uuidV7 } from 'uuid';

import { Clock } from '../common/clock';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { invalidRequest } from '../common/errors/invalid-request';
import type { Page } from '../common/pagination/page';
import { definitionInUse } from '../common/versioning/used-definition.error';
import { ConfigFieldRepository } from '../definitions/config-field.repository';
import { SecretBox } from '../security/secret-box/secret-box';
import { checkSettings, type DbSettings, passwordIssue } from './check-settings';
import { DEFAULT_PORTS } from './db-type';
import type { CreateExternalDbConfigDto } from './dto/create-external-db-config.dto';
import type { ExternalDbConfigQueryDto } from './dto/external-db-config-query.dto';
import type { UpdateExternalDbConfigDto } from './dto/update-external-db-config.dto';
import { ExternalDatabasesService } from './external-databases.service';
import {
  type ExternalDbConfigChange,
  type ExternalDbConfigRecord,
  ExternalDbConfigRepository,
} from './external-db-config.repository';
import { passwordPlace } from './password-place';

/** Configurations of users' databases: created, changed, listed, deleted. */
@Injectable()
export class ExternalDbConfigService {
  constructor(
    private readonly configs: ExternalDbConfigRepository,
    private readonly secrets: SecretBox,
    private readonly databases: ExternalDatabasesService,
    private readonly fields: ConfigFieldRepository,
    private readonly clock: Clock,
  ) {}

  async list({
    skip,
    limit,
    dbType,
    search,
  }: ExternalDbConfigQueryDto): Promise<Page<ExternalDbConfigRecord>> {
    const { rows, total } = await this.configs.listNewest({ dbType, search }, skip, limit);
    return { items: rows, total, skip, limit };
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<ExternalDbConfigRecord> {
    return this.databases.getConfig(id);
  }

  async create(dto: CreateExternalDbConfigDto): Promise<ExternalDbConfigRecord> {
    const { name, description = '', dbType, dbName, host = null, username = null, ssl = null } = dto;
    const port = dto.port ?? DEFAULT_PORTS[dbType];
    const settings: DbSettings = {
      dbType,
      host,
      port,
      username,
      dbName,
      ssl,
      hasPassword: isSet(dto.password),
    };
    refuse(checkSettings(settings));
    const [id, now] = [uuidV7(), this.clock.now()];
    await this.configs.insert({
      id,
      name,
      description,
      dbType,
      host,
      port,
      username,
      dbName,
      ssl,
      sealedPassword: (await this.seal(id, dto.password)) ?? null,
      allowWrites: dto.allowWrites ?? false,
      createdAt: now,
      updatedAt: now,
    });
    return this.get(id);
  }

  /**
   * Changes what is given; connections with the settings of before are closed.
   *
   * @throws AppError NOT_FOUND, PRECONDITION_FAILED, CONFLICT for a name that is taken, INVALID_REQUEST for settings
   *   that do not fit
   */
  async update(
    id: string,
    dto: UpdateExternalDbConfigDto,
    expected: ExpectedRevisions,
  ): Promise<ExternalDbConfigRecord> {
    // Before the row is locked: sealing may have to make a key.
    const sealedPassword = await this.seal(id, dto.password);
    const found = await this.configs.change(id, expected, (current) =>
      changeOf(current, dto, sealedPassword),
    );
    if (!found) await this.get(id);
    this.databases.letGo(id);
    return this.get(id);
  }

  /** @throws AppError NOT_FOUND, PRECONDITION_FAILED, or CONFLICT with the list of those who use it */
  async delete(id: string, expected: ExpectedRevisions): Promise<void> {
    const outcome = await this.configs.deleteUnlessUsed(id, expected, (manager) =>
      this.fields.findUsers('external_db_config_id', id, manager),
    );
    if (outcome.kind === 'not_found') await this.get(id);
    if (outcome.kind === 'used') throw definitionInUse(outcome.users);
    this.databases.letGo(id);
  }

  /** Undefined: none was given. Null: none is wanted. */
  private async seal(id: string, password: string | undefined): Promise<string | null | undefined> {
    if (password === undefined) return undefined;
    if (password === '') return null;
    return this.secrets.seal('external_db_password', passwordPlace(id), password);
  }
}

function changeOf(
  current: ExternalDbConfigRecord,
  dto: UpdateExternalDbConfigDto,
  sealedPassword: string | null | undefined,
): ExternalDbConfigChange {
  const { password, dbType, ...fields } = dto;
  if (dbType !== undefined && dbType !== current.dbType) {
    refuse([
      { path: 'db_type', message: `cannot be changed from ${current.dbType}: create another configuration` },
    ]);
  }
  const given = Object.fromEntries(
    Object.entries(fields as Record<string, unknown>).filter(([, value]) => value !== undefined),
  );
  const change: ExternalDbConfigChange = {
    ...given,
    ...(sealedPassword !== undefined && { sealedPassword }),
  };
  const [before, after] = [settingsOf(current), settingsOf({ ...current, ...change })];
  const issue = password === undefined ? passwordIssue(before, after) : null;
  refuse([...checkSettings(after), ...(issue === null ? [] : [issue])]);
  return change;
}

function settingsOf(config: ExternalDbConfigRecord): DbSettings {
  return { ...config, hasPassword: config.sealedPassword !== null };
}

function refuse(issues: Parameters<typeof invalidRequest>[0]): void {
  if (issues.length > 0) throw invalidRequest(issues);
}

function isSet(password: string | undefined): boolean {
  return password !== undefined && password !== '';
}
