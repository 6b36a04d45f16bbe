import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['mcp_definitions', 'workflow_definitions', 'toolsets'];

/**
 * Tells every process that what is registered has changed, so that the MCP endpoint can answer from memory. By
 * triggers, so that no way of changing a definition can forget it; definitions change by hand, so that the
 * notification in their transaction delays nobody.
 */
export class RegistryChanges1764150200000 implements MigrationInterface {
  readonly name = 'RegistryChanges1764150200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION tell_registry_changed() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('registry_changed', '');
        RETURN NULL;
      END $$;
    `);
    for (const table of TABLES) {
      await queryRunner.query(`
        CREATE TRIGGER registry_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION tell_registry_changed()
      `);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION tell_registry_changed CASCADE');
  }
}
