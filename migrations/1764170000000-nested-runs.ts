import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs that steps of other runs call. No foreign keys: retention removes either of the two first. */
export class NestedRuns1764170000000 implements MigrationInterface {
  readonly name = 'NestedRuns1764170000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE workflow_runs
        ADD COLUMN parent_run_id uuid,
        ADD COLUMN parent_step_id text,
        -- As in workflow_steps: -1 for the step itself.
        ADD COLUMN parent_item integer,
        ADD COLUMN parent_attempt integer,
        -- {"<workflow_versions.id>": {workflowDefinitionId, pins, nested}}: of the run and all that are nested in it.
        ADD COLUMN pinned_workflows json;
      -- An attempt calls one run, whoever records it and how often.
      CREATE UNIQUE INDEX workflow_runs_of_attempt
        ON workflow_runs (parent_run_id, parent_step_id, parent_item, parent_attempt) WHERE parent_run_id IS NOT NULL;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE workflow_runs DROP COLUMN parent_run_id, DROP COLUMN parent_step_id, DROP COLUMN parent_item,
        DROP COLUMN parent_attempt, DROP COLUMN pinned_workflows
    `);
  }
}
