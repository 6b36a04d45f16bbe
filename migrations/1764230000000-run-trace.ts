import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A run goes on with the trace of the request that started it, whichever worker runs it. */
export class RunTrace1764230000000 implements MigrationInterface {
  readonly name = 'RunTrace1764230000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflow_runs ADD COLUMN trace_parent text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflow_runs DROP COLUMN trace_parent');
  }
}
