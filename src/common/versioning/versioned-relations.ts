import type { EntityRelation, EntityType } from '../entities/entity-source';
import { cut, relatedOne } from '../entities/related-page';
import type { VersionGraphRepository } from './version-graph.repository';

/** The relations between the definitions and the versions of one kind, each with its inverse. */
export function versionedRelations(
  graph: VersionGraphRepository,
  { definition, version }: { readonly definition: EntityType; readonly version: EntityType },
): EntityRelation[] {
  return [
    {
      from: definition,
      name: 'latest_version',
      to: version,
      size: 'one',
      list: async (id) => relatedOne(await graph.findLatestVersionId(id)),
    },
    {
      from: version,
      name: 'latest_version_of',
      to: definition,
      size: 'one',
      list: async (id) => relatedOne(await graph.findDefinitionIdByLatest(id)),
    },
    {
      from: definition,
      name: 'has_version',
      to: version,
      size: 'few',
      list: async (id, query) => cut(await graph.findVersionIds(id, query), query.limit),
    },
    {
      from: version,
      name: 'version_of',
      to: definition,
      size: 'one',
      list: async (id) => relatedOne(await graph.findDefinitionId(id)),
    },
  ];
}
