import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Toolsets: what clients of the MCP endpoint see at an address of their own, and the keys that are limited to some of
 * them. The members are one document, read and written whole; it names definitions, which therefore have a GIN index
 * to be found by: whoever deletes one asks.
 */
export class Toolsets1764150100000 implements MigrationInterface {
  readonly name = 'Toolsets1764150100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE toolsets (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        description text NOT NULL,
        mode text NOT NULL,
        -- Null: everything that is registered.
        members jsonb,
        allow text[] NOT NULL,
        deny text[] NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX toolsets_name ON toolsets (name);
      CREATE INDEX toolsets_newest ON toolsets (created_at DESC, id DESC);
      CREATE INDEX toolsets_members ON toolsets USING gin (members jsonb_path_ops);

      -- Null: the key is not limited. No foreign key: of a toolset that is gone, nothing is let in.
      ALTER TABLE api_keys ADD COLUMN toolset_ids uuid[];
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE toolsets; ALTER TABLE api_keys DROP COLUMN toolset_ids');
  }
}
