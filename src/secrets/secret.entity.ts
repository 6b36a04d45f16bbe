import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A text that components use and nobody is shown. */
@Entity('secrets')
export class SecretEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** Unique; what configurations refer to it by. */
  @Column('text')
  name!: string;

  @Column('text')
  description!: string;

  /** Opens by the secret box, for this row and column only. */
  @Column('text', { name: 'sealed_value' })
  sealedValue!: string;

  /** Grows with each change. */
  @Column('integer')
  revision!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
