import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Runs that call one component rather than follow a workflow (docs/adr/0016-runs-of-one-component.md): they name the
 * component's version where others name the workflow's, and count among ended runs, but for no workflow.
 */
export class ComponentRuns1764130000000 implements MigrationInterface {
  readonly name = 'ComponentRuns1764130000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE workflow_runs
        ALTER workflow_definition_id DROP NOT NULL,
        ALTER workflow_version_id DROP NOT NULL,
        ADD mcp_definition_id uuid REFERENCES mcp_definitions (id),
        ADD mcp_version_id uuid REFERENCES mcp_versions (id),
        -- Of an mcp_server: what is called there.
        ADD tool text,
        ADD CONSTRAINT workflow_runs_subject CHECK (
          num_nonnulls(workflow_definition_id, workflow_version_id) IN (0, 2)
          AND num_nonnulls(mcp_definition_id, mcp_version_id) IN (0, 2)
          AND (workflow_version_id IS NULL) <> (mcp_version_id IS NULL)
        );
      -- Partial: a run of a workflow has no entry in it, and pays nothing for it.
      CREATE INDEX workflow_runs_newest_of_component ON workflow_runs (mcp_definition_id, created_at DESC, id DESC)
        WHERE mcp_definition_id IS NOT NULL;
      ALTER TABLE run_ends ALTER workflow_definition_id DROP NOT NULL;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DELETE FROM workflow_steps USING workflow_runs r WHERE run_id = r.id AND r.workflow_version_id IS NULL;
      DELETE FROM run_events USING workflow_runs r WHERE run_id = r.id AND r.workflow_version_id IS NULL;
      DELETE FROM workflow_runs WHERE workflow_version_id IS NULL;
      DELETE FROM run_ends WHERE workflow_definition_id IS NULL;
      ALTER TABLE run_ends ALTER workflow_definition_id SET NOT NULL;
      ALTER TABLE workflow_runs
        DROP CONSTRAINT workflow_runs_subject,
        DROP tool, DROP mcp_version_id, DROP mcp_definition_id,
        ALTER workflow_version_id SET NOT NULL,
        ALTER workflow_definition_id SET NOT NULL;
    `);
  }
}
