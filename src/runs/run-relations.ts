import { Injectable } from '@nestjs/common';

import type { EntityRelation, RelatedPage, RelatedQuery } from '../common/entities/entity-source';
import { cut, relatedAmong, relatedOne, scannedPage } from '../common/entities/related-page';
import { RunGraphRepository } from './run-graph.repository';

/** What runs have to do with workflows and components, each relation with its inverse. */
@Injectable()
export class RunRelations {
  constructor(private readonly graph: RunGraphRepository) {}

  readonly all: readonly EntityRelation[] = [
    {
      from: 'workflow_run',
      name: 'run_of',
      to: 'workflow_definition',
      size: 'one',
      list: async (id) => relatedOne((await this.graph.findOrigin(id))?.livingWorkflowId),
    },
    {
      from: 'workflow_definition',
      name: 'has_run',
      to: 'workflow_run',
      size: 'many',
      list: async (id, query) => cut(await this.graph.findRunsOfDefinition(id, query), query.limit),
    },
    {
      from: 'workflow_run',
      name: 'invokes',
      to: 'mcp_definition',
      size: 'one',
      list: async (id) => relatedOne((await this.graph.findOrigin(id))?.livingComponentId),
    },
    {
      from: 'mcp_definition',
      name: 'invoked_by_run',
      to: 'workflow_run',
      size: 'many',
      list: async (id, query) => cut(await this.graph.findRunsOfComponent(id, query), query.limit),
    },
    {
      from: 'workflow_run',
      name: 'run_of_version',
      to: 'workflow_version',
      size: 'one',
      list: async (id) => relatedOne((await this.graph.findOrigin(id))?.workflowVersionId),
    },
    {
      from: 'workflow_version',
      name: 'has_run',
      to: 'workflow_run',
      size: 'many',
      list: async (id, { after, limit }) => scannedPage(await this.graph.scanRunsOfVersion(id, after), limit),
    },
    {
      from: 'workflow_run',
      name: 'nested_in',
      to: 'workflow_run',
      size: 'one',
      list: async (id) => relatedOne(await this.graph.findParent(id)),
    },
    {
      from: 'workflow_run',
      name: 'has_nested',
      to: 'workflow_run',
      size: 'many',
      list: async (id, query) => cut(await this.graph.findNested(id, query), query.limit),
    },
    {
      from: 'workflow_run',
      name: 'pinned_to',
      to: 'mcp_version',
      size: 'few',
      list: (id, query) => this.findPins(id, query),
    },
    {
      from: 'mcp_version',
      name: 'pinned_by_run',
      to: 'workflow_run',
      size: 'many',
      list: async (id, { after, limit }) => scannedPage(await this.graph.scanRunsPinnedTo(id, after), limit),
    },
  ];

  private async findPins(runId: string, query: RelatedQuery): Promise<RelatedPage> {
    const origin = await this.graph.findOrigin(runId);
    return relatedAmong([...new Set(Object.values(origin?.pins ?? {}))], query);
  }
}
