import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Secrets that the configurations of components refer to by name. */
export class Secrets1764100000000 implements MigrationInterface {
  readonly name = 'Secrets1764100000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE secrets (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        -- Encrypted for this row and column.
        sealed_value text NOT NULL,
        -- Grows with each change.
        revision integer NOT NULL DEFAULT 1,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX secrets_name ON secrets (name);
      CREATE INDEX secrets_newest ON secrets (created_at DESC, id DESC);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE secrets');
  }
}
