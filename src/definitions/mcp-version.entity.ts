import { Column, Entity } from 'typeorm';

import { VersionEntity } from '../common/versioning/versioned-definition.entity';
import type { JsonObject } from '../engine/core/json';

/** One version of a component: its configuration, and what it takes and gives. */
@Entity('mcp_versions')
export class McpVersionEntity extends VersionEntity {
  @Column('uuid', { name: 'mcp_definition_id' })
  definitionId!: string;

  /** Exactly as its author sent it, as are the schemas. */
  @Column('json')
  config!: JsonObject;

  @Column('json', { name: 'input_schema', nullable: true })
  inputSchema!: JsonObject | null;

  @Column('json', { name: 'output_schema', nullable: true })
  outputSchema!: JsonObject | null;
}
