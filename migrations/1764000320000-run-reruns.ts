import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The run that a run repeats. No foreign key: retention may remove the earlier one first. */
export class RunReruns1764000320000 implements MigrationInterface {
  readonly name = 'RunReruns1764000320000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflow_runs ADD COLUMN rerun_of uuid');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflow_runs DROP COLUMN rerun_of');
  }
}
