import { Injectable } from '@nestjs/common';

import type { EntityRelation, RelatedPage, RelatedQuery } from '../common/entities/entity-source';
import { relatedAmong, scannedPage } from '../common/entities/related-page';
import { ComponentCatalog } from '../definitions/component-catalog.service';
import { WorkflowVersionGraphRepository } from './workflow-version-graph.repository';

/** What versions of workflows have to do with components: with a definition by its id, with a version by its number. */
@Injectable()
export class WorkflowComponentRelations {
  constructor(
    private readonly graph: WorkflowVersionGraphRepository,
    private readonly components: ComponentCatalog,
  ) {}

  readonly all: readonly EntityRelation[] = [
    {
      from: 'workflow_version',
      name: 'uses_component',
      to: 'mcp_definition',
      size: 'few',
      list: (id, query) => this.findDefinitions(id, query),
    },
    {
      from: 'mcp_definition',
      name: 'used_by_workflow_version',
      to: 'workflow_version',
      size: 'many',
      list: async (id, { after, limit }) =>
        scannedPage(await this.graph.scanUsers(id, after, () => true), limit),
    },
    {
      from: 'workflow_version',
      name: 'uses_component_version',
      to: 'mcp_version',
      size: 'few',
      list: (id, query) => this.findVersions(id, query),
    },
    {
      from: 'mcp_version',
      name: 'used_by_workflow_version',
      to: 'workflow_version',
      size: 'many',
      list: (id, query) => this.findUsersOfVersion(id, query),
    },
  ];

  private async findDefinitions(workflowVersionId: string, query: RelatedQuery): Promise<RelatedPage> {
    const steps = await this.graph.findComponentSteps(workflowVersionId);
    const ids = [...new Set(steps.map(({ mcpDefinitionId }) => mcpDefinitionId))];
    const resolved = await this.components.resolve(
      ids.map((mcpDefinitionId) => ({ mcpDefinitionId, version: null })),
    );
    // A deleted one is no entity any more.
    return relatedAmong(
      ids.filter((_id, index) => (resolved[index]?.mcpType ?? null) !== null),
      query,
    );
  }

  /** Those that steps name by number; a step without one takes what is the latest when a run starts. */
  private async findVersions(workflowVersionId: string, query: RelatedQuery): Promise<RelatedPage> {
    const steps = await this.graph.findComponentSteps(workflowVersionId);
    const resolved = await this.components.resolve(steps.filter(({ version }) => version !== null));
    const ids = resolved.flatMap(({ versionId }) => (versionId === null ? [] : [versionId]));
    return relatedAmong([...new Set(ids)], query);
  }

  private async findUsersOfVersion(
    mcpVersionId: string,
    { after, limit }: RelatedQuery,
  ): Promise<RelatedPage> {
    const reference = await this.components.findReference(mcpVersionId);
    if (reference === null) return { ids: [], next: null };
    const { mcpDefinitionId, version } = reference;
    const scanned = await this.graph.scanUsers(mcpDefinitionId, after, (step) => step.version === version);
    return scannedPage(scanned, limit);
  }
}
