import { Injectable, type OnModuleInit } from '@nestjs/common';

import { UUID_IDENTITY } from '../common/entities/uuid-identity';
import { notFound } from '../common/errors/not-found';
import { versionedRelations } from '../common/versioning/versioned-relations';
import { EntityRegistry } from '../entities/entity-registry';
import type { WorkflowVersionResponse } from './dto/workflow-definition.response';
import { WorkflowComponentRelations } from './workflow-component-relations';
import { toWorkflowDefinitionResponse, toWorkflowVersionResponse } from './workflow-definition.mapper';
import { WorkflowDefinitionService } from './workflow-definition.service';
import { WorkflowVersionGraphRepository } from './workflow-version-graph.repository';

/** Workflows and their versions as entities, and the components that they name. */
@Injectable()
export class WorkflowEntitiesService implements OnModuleInit {
  constructor(
    private readonly entities: EntityRegistry,
    private readonly workflows: WorkflowDefinitionService,
    private readonly graph: WorkflowVersionGraphRepository,
    private readonly components: WorkflowComponentRelations,
  ) {}

  onModuleInit(): void {
    const readable = { ...UUID_IDENTITY, scope: 'read' } as const;
    const types = { definition: 'workflow_definition', version: 'workflow_version' } as const;
    this.entities.register({
      sources: [
        {
          ...readable,
          type: types.definition,
          get: async (id) => toWorkflowDefinitionResponse(await this.workflows.get(id)),
        },
        { ...readable, type: types.version, get: (id) => this.getVersion(id) },
      ],
      relations: [...versionedRelations(this.graph, types), ...this.components.all],
    });
  }

  private async getVersion(id: string): Promise<WorkflowVersionResponse> {
    const version = await this.graph.findVersion(id);
    if (version === null) throw notFound(`workflow version ${id}`);
    return toWorkflowVersionResponse(version);
  }
}
