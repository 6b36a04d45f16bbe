import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an attempt of a step used of a language model: tokens, and their cost where prices are configured. */
export class StepUsage1764120000000 implements MigrationInterface {
  readonly name = 'StepUsage1764120000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflow_steps ADD COLUMN usage json');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflow_steps DROP COLUMN usage');
  }
}
