import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As what a run ends once its `on_failure` steps have; its `error` is there from the same moment on. */
export class RunFailure1764000310000 implements MigrationInterface {
  readonly name = 'RunFailure1764000310000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflow_runs ADD COLUMN ends_as text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflow_runs DROP COLUMN ends_as');
  }
}
