import { Column, Entity } from 'typeorm';

import { VersionedDefinitionEntity } from '../common/versioning/versioned-definition.entity';

/** A component that can be called: by workflows, and later as a tool. */
@Entity('mcp_definitions')
export class McpDefinitionEntity extends VersionedDefinitionEntity {
  /** One of `MCP_TYPES`; never changes. */
  @Column('text', { name: 'mcp_type' })
  mcpType!: string;
}
