import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a version of a component takes and gives, as JSON Schema; null: anything. */
export class ComponentSchemas1764130100000 implements MigrationInterface {
  readonly name = 'ComponentSchemas1764130100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE mcp_versions ADD input_schema json, ADD output_schema json');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE mcp_versions DROP input_schema, DROP output_schema');
  }
}
