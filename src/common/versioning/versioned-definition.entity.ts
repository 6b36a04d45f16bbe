import { Column, PrimaryColumn } from 'typeorm';

import type { Labels } from '../labels/is-labels.decorator';

/** The lasting part of anything that is defined and versioned. What it does is in its versions. */
export abstract class VersionedDefinitionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** Unique among living definitions of the same table. */
  @Column('text')
  name!: string;

  @Column('text')
  description!: string;

  @Column('jsonb')
  labels!: Labels;

  /** What new runs get: the newest version, unless an older one was made the latest again. */
  @Column('uuid', { name: 'latest_version_id' })
  latestVersionId!: string;

  /** Raised by every change. */
  @Column('integer')
  revision!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  /** Null while the definition lives; a deleted one keeps its versions for the history of runs. */
  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}

/** One immutable version of a definition. */
export abstract class VersionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** The definition's id; each table names the column after what it refers to. */
  abstract definitionId: string;

  /** `MAJOR.MINOR.PATCH`, unique within its definition. */
  @Column('text')
  version!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
