import { Column, Entity } from 'typeorm';

import { VersionEntity } from '../common/versioning/versioned-definition.entity';
import type { JsonObject } from '../engine/core/json';

/** One version of a component's configuration. */
@Entity('mcp_versions')
export class McpVersionEntity extends VersionEntity {
  @Column('uuid', { name: 'mcp_definition_id' })
  definitionId!: string;

  @Column('json', { name: 'config' })
  document!: JsonObject;
}
