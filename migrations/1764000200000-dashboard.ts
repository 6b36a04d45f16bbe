import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the dashboard counts (docs/adr/0006-dashboard-numbers.md): each run leaves one row when it ends; a job adds
 * those rows up by the hour.
 */
export class Dashboard1764000200000 implements MigrationInterface {
  readonly name = 'Dashboard1764000200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Its column and condition change only where the run's owner does, and with it another index anyway: no more
      -- updates leave their page (HOT) than before.
      CREATE INDEX workflow_runs_open ON workflow_runs (created_at) WHERE ended_at IS NULL;

      -- Runs that have ended and are not added up yet. Nearly always nearly empty.
      CREATE TABLE run_ends (
        ended_at timestamptz(3) NOT NULL,
        workflow_definition_id uuid NOT NULL,
        status text NOT NULL,
        -- null: it never started.
        started_at timestamptz(3)
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

      CREATE TABLE run_stats_hourly (
        hour timestamptz(0) NOT NULL,
        status text NOT NULL,
        -- See run_duration_bucket.
        bucket smallint NOT NULL,
        runs integer NOT NULL,
        PRIMARY KEY (hour, status, bucket)
      );

      CREATE TABLE definition_stats_hourly (
        hour timestamptz(0) NOT NULL,
        workflow_definition_id uuid NOT NULL,
        runs integer NOT NULL,
        failed integer NOT NULL,
        PRIMARY KEY (hour, workflow_definition_id)
      );

      -- Durations by their order of magnitude: bucket b holds those above 1.1^(b-1) ms, up to 1.1^b ms, so that a
      -- quantile read from it is wrong by 5 % at most; -1 holds the runs that never started. The base stands in
      -- src/dashboard/duration-quantiles.ts too.
      CREATE FUNCTION run_duration_bucket(started_at timestamptz, ended_at timestamptz) RETURNS smallint
      LANGUAGE sql IMMUTABLE AS $$
        SELECT CASE WHEN started_at IS NULL THEN -1
          ELSE ceil(ln(greatest(extract(epoch FROM ended_at - started_at) * 1000, 1)) / ln(1.1)) END::smallint
      $$;

      CREATE FUNCTION note_run_end() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO run_ends VALUES (NEW.ended_at, NEW.workflow_definition_id, NEW.status, NEW.started_at);
        RETURN NULL;
      END $$;
      CREATE TRIGGER note_run_end AFTER UPDATE OF ended_at ON workflow_runs
        FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION note_run_end();

      INSERT INTO run_ends
      SELECT ended_at, workflow_definition_id, status, started_at FROM workflow_runs
      WHERE ended_at > now() - interval '8 days';
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TRIGGER note_run_end ON workflow_runs;
      DROP FUNCTION note_run_end, run_duration_bucket;
      DROP TABLE run_ends, run_stats_hourly, definition_stats_hourly;
      DROP INDEX workflow_runs_open;
    `);
  }
}
