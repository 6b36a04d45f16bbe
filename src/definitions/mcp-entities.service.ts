import { Injectable, type OnModuleInit } from '@nestjs/common';

import { UUID_IDENTITY } from '../common/entities/uuid-identity';
import { notFound } from '../common/errors/not-found';
import { versionedRelations } from '../common/versioning/versioned-relations';
import { EntityRegistry } from '../entities/entity-registry';
import type { McpDefinitionDetailResponse, McpVersionResponse } from './dto/mcp-definition.response';
import { toMcpDefinitionDetailResponse, toMcpVersionResponse } from './mcp-definition.mapper';
import { McpDefinitionService } from './mcp-definition.service';
import { McpVersionGraphRepository } from './mcp-version-graph.repository';

/** Components and their versions as entities. What uses them, those who use them know. */
@Injectable()
export class McpEntitiesService implements OnModuleInit {
  constructor(
    private readonly entities: EntityRegistry,
    private readonly definitions: McpDefinitionService,
    private readonly graph: McpVersionGraphRepository,
  ) {}

  onModuleInit(): void {
    const readable = { ...UUID_IDENTITY, scope: 'read' } as const;
    this.entities.register({
      sources: [
        { ...readable, type: 'mcp_definition', get: (id) => this.getDefinition(id) },
        { ...readable, type: 'mcp_version', get: (id) => this.getVersion(id) },
      ],
      relations: versionedRelations(this.graph, { definition: 'mcp_definition', version: 'mcp_version' }),
    });
  }

  private async getDefinition(id: string): Promise<McpDefinitionDetailResponse> {
    const [definition, versions] = await Promise.all([
      this.definitions.get(id),
      this.definitions.findVersions(id),
    ]);
    return toMcpDefinitionDetailResponse(definition, versions);
  }

  private async getVersion(id: string): Promise<McpVersionResponse> {
    const version = await this.graph.findVersion(id);
    if (version === null) throw notFound(`MCP version ${id}`);
    return toMcpVersionResponse(version);
  }
}
