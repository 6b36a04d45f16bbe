import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs of a workflow that share a key run so many at a time: the others are held. */
export class ConcurrencyKeys1764170100000 implements MigrationInterface {
  readonly name = 'ConcurrencyKeys1764170100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Locked by whoever admits runs of the key. How many are admitted, the runs themselves say.
      CREATE TABLE concurrency_keys (
        workflow_definition_id uuid NOT NULL,
        key text NOT NULL,
        max integer NOT NULL,
        PRIMARY KEY (workflow_definition_id, key)
      );
      ALTER TABLE workflow_runs
        ADD COLUMN concurrency_key text,
        -- Not in the queue: it waits for a place under its key.
        ADD COLUMN is_held boolean NOT NULL DEFAULT false;
      CREATE INDEX workflow_runs_open_of_key
        ON workflow_runs (workflow_definition_id, concurrency_key, created_at, id)
        WHERE concurrency_key IS NOT NULL AND ended_at IS NULL;
      CREATE INDEX workflow_runs_held ON workflow_runs (workflow_definition_id, concurrency_key)
        WHERE is_held AND ended_at IS NULL;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE workflow_runs DROP COLUMN concurrency_key, DROP COLUMN is_held;
      DROP TABLE concurrency_keys;
    `);
  }
}
