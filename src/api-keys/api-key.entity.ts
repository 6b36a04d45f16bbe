import { Column, Entity, PrimaryColumn } from 'typeorm';

import type { Scope } from '../common/auth/caller-key';

/** A stored key: never its text, only the hash that finds it. */
@Entity('api_keys')
export class ApiKeyEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  /** The first characters of the key, for people to tell keys apart. */
  @Column('text')
  prefix!: string;

  /** SHA-256 of the key; unique. */
  @Column('bytea', { name: 'key_hash' })
  keyHash!: Buffer;

  @Column('text', { array: true })
  scopes!: Scope[];

  /** The toolsets that the key is limited to; null when it is not. */
  @Column('uuid', { name: 'toolset_ids', array: true, nullable: true })
  toolsetIds!: string[] | null;

  /** Null: never. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  /** Up to a minute late: gathered in memory and written in groups. */
  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  /** When the key last got a new text; null while it has its first. */
  @Column('timestamptz', { name: 'rotated_at', nullable: true })
  rotatedAt!: Date | null;

  /** Raised by every rotation; not by use. */
  @Column('integer')
  revision!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
