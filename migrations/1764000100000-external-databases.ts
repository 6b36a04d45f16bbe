import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Users' databases, and the keys that their passwords are encrypted under. */
export class ExternalDatabases1764000100000 implements MigrationInterface {
  readonly name = 'ExternalDatabases1764000100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE data_keys (
        id uuid PRIMARY KEY,
        -- The kind of secret that the key encrypts.
        kind text NOT NULL UNIQUE,
        -- Under a key of ENCRYPTION_KEY.
        wrapped_key text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      );

      -- One row: a text that is decrypted at each start, to tell a wrong key.
      CREATE TABLE encryption_canary (
        id boolean PRIMARY KEY DEFAULT true CHECK (id),
        sealed text NOT NULL
      );

      CREATE TABLE external_db_configs (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        db_type text NOT NULL,
        -- Null for a database that is a file.
        host text,
        port integer,
        username text,
        db_name text NOT NULL,
        -- Encrypted for this row and column; null when there is none.
        sealed_password text,
        ssl jsonb,
        allow_writes boolean NOT NULL DEFAULT false,
        -- Grows with each change: who holds connections of an older one lets go of them.
        revision integer NOT NULL DEFAULT 1,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX external_db_configs_name ON external_db_configs (name);
      CREATE INDEX external_db_configs_newest ON external_db_configs (created_at DESC, id DESC);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE external_db_configs, encryption_canary, data_keys');
  }
}
