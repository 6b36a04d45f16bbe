import { Column, Entity } from 'typeorm';

import { VersionEntity } from '../common/versioning/versioned-definition.entity';
import type { JsonObject } from '../engine/core/json';

/** One version of a workflow's spec: what runs, without name, description and labels. */
@Entity('workflow_versions')
export class WorkflowVersionEntity extends VersionEntity {
  @Column('uuid', { name: 'workflow_definition_id' })
  definitionId!: string;

  /** Exactly as its author sent it. */
  @Column('json')
  spec!: JsonObject;
}
