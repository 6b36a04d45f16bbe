import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Workflows that clients of the MCP endpoint see as tools. */
export class ExposedWorkflows1764150000000 implements MigrationInterface {
  readonly name = 'ExposedWorkflows1764150000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE workflow_definitions ADD COLUMN expose_as_tool boolean NOT NULL DEFAULT false',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflow_definitions DROP COLUMN expose_as_tool');
  }
}
