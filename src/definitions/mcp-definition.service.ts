import { Injectable } from '@nestjs/common';

import type { CallerKey } from '../common/auth/caller-key';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { notFound } from '../common/errors/not-found';
import type { Page } from '../common/pagination/page';
import type { PageQueryDto } from '../common/pagination/page-query.dto';
import { chooseVersion } from '../common/versioning/choose-version';
import type { VersionRecord } from '../common/versioning/definition-records';
import { lastingChange } from '../common/versioning/lasting-change';
import { newVersionOf } from '../common/versioning/new-version';
import { FIRST_VERSION } from '../common/versioning/semantic-version';
import { definitionInUse } from '../common/versioning/used-definition.error';
import { diffVersions, type VersionDiff } from '../common/versioning/version-diff';
import { ConfigCheckService } from './config-check.service';
import { DefinitionUsersService } from './definition-users.service';
import type { CreateMcpDefinitionDto } from './dto/create-mcp-definition.dto';
import type { CreateMcpVersionDto } from './dto/create-mcp-version.dto';
import type { McpDefinitionQueryDto } from './dto/mcp-definition-query.dto';
import type { UpdateMcpDefinitionDto } from './dto/update-mcp-definition.dto';
import { changedDocument, newDocument } from './mcp-document';
import { toSqlFilter } from './mcp-definition-filter';
import { type McpDefinitionRecord, McpDefinitionRepository } from './mcp-definition.repository';

/** Components: created, changed in versions, listed, hidden. */
@Injectable()
export class McpDefinitionService {
  constructor(
    private readonly definitions: McpDefinitionRepository,
    private readonly configs: ConfigCheckService,
    private readonly users: DefinitionUsersService,
  ) {}

  async list({ skip, limit, ...filter }: McpDefinitionQueryDto): Promise<Page<McpDefinitionRecord>> {
    const { rows, total } = await this.definitions.listNewest(toSqlFilter(filter), skip, limit);
    return { items: rows, total, skip, limit };
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<McpDefinitionRecord> {
    const definition = await this.definitions.findLiving(id);
    if (definition === null) throw notFound(`MCP definition ${id}`);
    return definition;
  }

  async create(dto: CreateMcpDefinitionDto, caller: CallerKey): Promise<McpDefinitionRecord> {
    const { name, description = '', mcpType, labels = {}, version = FIRST_VERSION } = dto;
    const document = newDocument(dto);
    this.configs.check(mcpType, document, caller);
    const id = await this.definitions.insertDefinition(
      { name, description, labels, version, document },
      { mcpType },
      (manager) => this.configs.hold(mcpType, document, manager),
    );
    return this.get(id);
  }

  /** Changes what is given. A changed configuration or schema, or a newly named version, makes a new version. */
  async update(
    id: string,
    dto: UpdateMcpDefinitionDto,
    caller: CallerKey,
    expected: ExpectedRevisions,
  ): Promise<McpDefinitionRecord> {
    const found = await this.definitions.change(id, expected, async (current, manager) => {
      const { config, inputSchema, outputSchema, version } = dto;
      const document = changedDocument(current.latest.document, { config, inputSchema, outputSchema });
      const newVersion = newVersionOf(current, { document, version });
      if (newVersion === undefined) return lastingChange(dto);
      await this.configs.checkAndHold(current.mcpType, newVersion.document, caller, manager);
      return { ...lastingChange(dto), newVersion };
    });
    if (!found) throw notFound(`MCP definition ${id}`);
    return this.get(id);
  }

  /**
   * Hides a definition; runs keep its versions.
   *
   * @throws AppError NOT_FOUND, PRECONDITION_FAILED, or CONFLICT with the list of those who use it
   */
  async delete(id: string, expected: ExpectedRevisions): Promise<void> {
    const outcome = await this.definitions.hideUnlessUsed(id, expected, (manager) =>
      this.users.find(id, manager),
    );
    if (outcome.kind === 'not_found') throw notFound(`MCP definition ${id}`);
    if (outcome.kind === 'used') throw definitionInUse(outcome.users);
  }

  async listVersions(id: string, { skip, limit }: PageQueryDto): Promise<Page<VersionRecord>> {
    await this.get(id);
    const { rows, total } = await this.definitions.listVersions(id, skip, limit);
    return { items: rows, total, skip, limit };
  }

  /** All versions of a definition, newest first. */
  async findVersions(id: string): Promise<VersionRecord[]> {
    return this.definitions.findVersions(id);
  }

  async getVersion(id: string, version: string): Promise<VersionRecord> {
    await this.get(id);
    const found = await this.definitions.findVersion(id, version);
    if (found === null) throw notFound(`version ${version} of MCP definition ${id}`);
    return found;
  }

  /** Adds a version, also when it says the same as the latest. Schemas that are left out are none. */
  async createVersion(id: string, dto: CreateMcpVersionDto, caller: CallerKey): Promise<VersionRecord> {
    const document = newDocument(dto);
    let created = '';
    const found = await this.definitions.change(id, null, async (current, manager) => {
      await this.configs.checkAndHold(current.mcpType, document, caller, manager);
      created = chooseVersion(current.greatestVersion, dto.version);
      return { newVersion: { version: created, document } };
    });
    if (!found) throw notFound(`MCP definition ${id}`);
    return this.getVersion(id, created);
  }

  /** What leads from the version `against` to `version`. */
  async diff(id: string, version: string, against: string): Promise<VersionDiff> {
    const to = await this.getVersion(id, version);
    return diffVersions({ from: await this.getVersion(id, against), to });
  }

  /** Makes a version the latest again, checked as if it were saved now. Runs that have started keep theirs. */
  async makeLatest(
    id: string,
    version: string,
    caller: CallerKey,
    expected: ExpectedRevisions,
  ): Promise<McpDefinitionRecord> {
    const wanted = await this.getVersion(id, version);
    const found = await this.definitions.change(id, expected, async ({ mcpType, latest }, manager) => {
      if (wanted.id === latest.id) return {};
      await this.configs.checkAndHold(mcpType, wanted.document, caller, manager);
      return { latestVersionId: wanted.id };
    });
    if (!found) throw notFound(`MCP definition ${id}`);
    return this.get(id);
  }
}
