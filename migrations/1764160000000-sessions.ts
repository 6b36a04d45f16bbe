import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions that act for an API key, and the keys that their tokens are signed with. */
export class Sessions1764160000000 implements MigrationInterface {
  readonly name = 'Sessions1764160000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE sessions (
        id uuid PRIMARY KEY,
        api_key_id uuid NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
        -- Of the key's text that began the session: when that text ends, so does the session.
        key_hash bytea NOT NULL,
        created_at timestamptz(3) NOT NULL,
        -- However often it is refreshed.
        ends_at timestamptz(3) NOT NULL
      );
      CREATE INDEX sessions_of_key ON sessions (api_key_id);
      CREATE INDEX sessions_ending ON sessions (ends_at);

      CREATE TABLE session_signing_keys (
        id uuid PRIMARY KEY,
        -- Encrypted for this row and column.
        sealed_key text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        -- Since when it signs nothing more; what it signed before is good until its own end.
        retired_at timestamptz(3)
      );
      CREATE UNIQUE INDEX session_signing_keys_current ON session_signing_keys ((true)) WHERE retired_at IS NULL;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE session_signing_keys, sessions');
  }
}
