import { Column, Entity, PrimaryColumn } from 'typeorm';

import type { DbType } from './db-type';
import type { SslSettings } from './ssl-settings';

/** A user's database, and how to reach it. */
@Entity('external_db_configs')
export class ExternalDbConfigEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** Unique. */
  @Column('text')
  name!: string;

  @Column('text')
  description!: string;

  @Column('text', { name: 'db_type' })
  dbType!: DbType;

  /** Null, as the two after it, for a database that is a file. */
  @Column('text', { nullable: true })
  host!: string | null;

  @Column('integer', { nullable: true })
  port!: number | null;

  @Column('text', { nullable: true })
  username!: string | null;

  /** The database's name on its server; a SQLite file's path below the SQLite folder. */
  @Column('text', { name: 'db_name' })
  dbName!: string;

  /** Null when there is none. Opens by the secret box, for this row and column only. */
  @Column('text', { name: 'sealed_password', nullable: true })
  sealedPassword!: string | null;

  @Column('jsonb', { nullable: true })
  ssl!: SslSettings | null;

  @Column('boolean', { name: 'allow_writes' })
  allowWrites!: boolean;

  /** Grows with each change. */
  @Column('integer')
  revision!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
