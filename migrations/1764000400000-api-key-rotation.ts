import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Secrets that a rotation replaced, each with the time until which it still works. A table, not a column of the
 * key: a rotation that is sent twice (its answer was lost) must not end the secret that is deployed.
 */
export class ApiKeyRotation1764000400000 implements MigrationInterface {
  readonly name = 'ApiKeyRotation1764000400000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE api_keys ADD COLUMN rotated_at timestamptz(3);

      CREATE TABLE api_key_retired_secrets (
        key_hash bytea PRIMARY KEY,
        api_key_id uuid NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
        ends_at timestamptz(3) NOT NULL
      );
      CREATE INDEX api_key_retired_secrets_of_key ON api_key_retired_secrets (api_key_id);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE api_key_retired_secrets;
      ALTER TABLE api_keys DROP COLUMN rotated_at;
    `);
  }
}
