import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is sent to steps that wait for somebody: approvals and signals, kept until their step takes them. */
export class RunSignals1764000300000 implements MigrationInterface {
  readonly name = 'RunSignals1764000300000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE run_signals (
        run_id uuid NOT NULL REFERENCES workflow_runs (id) ON DELETE CASCADE,
        name text NOT NULL,
        payload json NOT NULL,
        sent_by uuid NOT NULL,
        sent_at timestamptz(3) NOT NULL,
        -- One a name: a decision is not made twice.
        PRIMARY KEY (run_id, name)
      );
      -- How many there are, so that who claims a run, or lets go of one, need not look for them.
      ALTER TABLE workflow_runs ADD COLUMN signals integer NOT NULL DEFAULT 0;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflow_runs DROP COLUMN signals; DROP TABLE run_signals');
  }
}
