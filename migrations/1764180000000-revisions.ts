import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Those that had none: external database configurations and secrets count theirs already. */
const TABLES = ['mcp_definitions', 'workflow_definitions', 'schedules', 'webhooks', 'toolsets', 'api_keys'];

/**
 * A number that every change of a resource by its owner raises, in the same statement: what `If-Match` is compared
 * with. Not the time of the change, of which two can be the same.
 */
export class Revisions1764180000000 implements MigrationInterface {
  readonly name = 'Revisions1764180000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await queryRunner.query(`ALTER TABLE ${table} ADD COLUMN revision integer NOT NULL DEFAULT 1`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await queryRunner.query(`ALTER TABLE ${table} DROP COLUMN revision`);
  }
}
