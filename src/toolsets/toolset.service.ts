import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidV7 } from 'uuid';

import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { invalidRequest } from '../common/errors/invalid-request';
import { notFound } from '../common/errors/not-found';
import type { Page } from '../common/pagination/page';
import { onQueryRunner } from '../database/sql-executor';
import { ComponentCatalog } from '../definitions/component-catalog.service';
import type { JsonValue } from '../engine/core/json';
import { WorkflowCatalog } from '../workflows/workflow-catalog';
import type { CreateToolsetDto, UpdateToolsetDto } from './dto/toolset.dto';
import type { ToolsetQueryDto } from './dto/toolset-query.dto';
import type { ToolsetMember, ToolsetRecord } from './toolset';
import { readMembers } from './toolset-members';
import { ToolsetRepository } from './toolset.repository';

/** Toolsets: made, changed, listed, deleted. What is in them at the moment, the MCP endpoint decides. */
@Injectable()
export class ToolsetService {
  constructor(
    private readonly toolsets: ToolsetRepository,
    private readonly components: ComponentCatalog,
    private readonly workflows: WorkflowCatalog,
  ) {}

  async list({ search, skip, limit }: ToolsetQueryDto): Promise<Page<ToolsetRecord>> {
    const { rows, total } = await this.toolsets.listNewest(search, skip, limit);
    return { items: rows, total, skip, limit };
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<ToolsetRecord> {
    const toolset = await this.toolsets.findById(id);
    if (toolset === null) throw notFound(`toolset ${id}`);
    return toolset;
  }

  /** @throws AppError INVALID_REQUEST naming members that there are not; CONFLICT when the name is taken */
  async create(dto: CreateToolsetDto): Promise<ToolsetRecord> {
    const { name, description = '', mode = 'list', allow = [], deny = [] } = dto;
    const members = dto.members === undefined ? null : membersOf(dto.members);
    const id = uuidV7();
    await this.toolsets.insert(id, { name, description, mode, members, allow, deny }, (manager) =>
      this.checkAndHold(members, manager),
    );
    return this.get(id);
  }

  /** @throws AppError as {@link create}, and NOT_FOUND, PRECONDITION_FAILED */
  async update(id: string, dto: UpdateToolsetDto, expected: ExpectedRevisions): Promise<ToolsetRecord> {
    const given = dto.members === undefined ? undefined : membersOf(dto.members);
    const found = await this.toolsets.change(id, expected, async (current, manager) => {
      if (given !== undefined) await this.checkAndHold(given, manager);
      return {
        name: dto.name ?? current.name,
        description: dto.description ?? current.description,
        mode: dto.mode ?? current.mode,
        members: given === undefined ? current.members : given,
        allow: dto.allow ?? current.allow,
        deny: dto.deny ?? current.deny,
      };
    });
    if (!found) throw notFound(`toolset ${id}`);
    return this.get(id);
  }

  /** Keys that are limited to it can then do nothing there. @throws AppError NOT_FOUND, PRECONDITION_FAILED */
  async delete(id: string, expected: ExpectedRevisions): Promise<void> {
    if (!(await this.toolsets.delete(id, expected))) throw notFound(`toolset ${id}`);
  }

  /** The members exist, and cannot be deleted until the transaction ends. */
  private async checkAndHold(
    members: readonly ToolsetMember[] | null,
    manager: EntityManager,
  ): Promise<void> {
    const placed = (members ?? []).map((member, index) => ({ ...member, path: `members[${index}]` }));
    const components = placed.filter(({ kind }) => kind === 'mcp_definition');
    const workflows = placed.filter(({ kind }) => kind === 'workflow_definition');
    const resolved = await this.components.resolveAndHold(
      components.map(({ definitionId, version }) => ({ mcpDefinitionId: definitionId, version })),
      manager,
    );
    const issues = components.flatMap((member, index) => {
      const found = resolved[index] ?? { mcpType: null, versionId: null };
      const message = faultOf(member, found.mcpType !== null, found.versionId !== null);
      if (message !== null) return [{ path: member.path, message }];
      if (member.prefix === null || found.mcpType === 'mcp_server') return [];
      return [{ path: member.path, message: 'prefix: is only for an mcp_server' }];
    });
    if (manager.queryRunner === undefined) throw new Error('A transaction has a query runner');
    const sql = onQueryRunner(manager.queryRunner);
    for (const member of workflows) {
      const { isLiving, hasVersion } = await this.workflows.holdVersion(
        sql,
        member.definitionId,
        member.version,
      );
      const message = faultOf(member, isLiving, hasVersion);
      if (message !== null) issues.push({ path: member.path, message });
    }
    if (issues.length > 0) throw invalidRequest(issues);
  }
}

function membersOf(written: JsonValue): readonly ToolsetMember[] | null {
  if (written === null) return null;
  const read = readMembers(written);
  if (!read.ok) throw invalidRequest(read.error);
  return read.value;
}

function faultOf(
  { kind, definitionId, version }: ToolsetMember,
  isLiving: boolean,
  hasVersion: boolean,
): string | null {
  if (!isLiving) return `${kind}_id: there is no ${kind} ${definitionId}`;
  return hasVersion ? null : `version: the definition has no version ${version ?? ''}`;
}
