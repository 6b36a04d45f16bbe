import { Column, Entity } from 'typeorm';

import { VersionedDefinitionEntity } from '../common/versioning/versioned-definition.entity';

/** A workflow. What it does is in its versions. */
@Entity('workflow_definitions')
export class WorkflowDefinitionEntity extends VersionedDefinitionEntity {
  /** Whether clients of the MCP endpoint see it as a tool. */
  @Column('boolean', { name: 'expose_as_tool' })
  exposeAsTool!: boolean;
}
