import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was done, by whom: rows that are added and never changed, which a trigger holds everybody to. Only the retention
 * removes rows, and says so in its transaction (`mcp_backend.audit_retention`); ADR 27 tells what that is worth.
 *
 * No foreign keys: what somebody did to a thing outlives the thing. The indexes are those of the list's filters that
 * pick out few rows; of each, only the rows that have something there.
 */
export class AuditEvents1764190000000 implements MigrationInterface {
  readonly name = 'AuditEvents1764190000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_events (
        id uuid PRIMARY KEY,
        -- When the outcome was known.
        created_at timestamptz(3) NOT NULL,
        action text NOT NULL,
        outcome text NOT NULL,
        error_code text,
        -- Null: nobody that is known.
        actor_type text,
        actor_id text,
        actor_name text,
        session_id uuid,
        client_address text,
        client text,
        request_id text,
        -- Of requests to the REST API.
        method text,
        route text,
        status smallint,
        resource_type text,
        resource_id text,
        toolset text,
        tool text,
        definition_id uuid,
        version text,
        run_id uuid,
        -- Without secrets, and of bounded size.
        arguments jsonb,
        arguments_truncated boolean NOT NULL,
        duration_ms double precision NOT NULL
      );
      CREATE INDEX audit_events_newest ON audit_events (created_at DESC, id DESC);
      CREATE INDEX audit_events_actor ON audit_events (actor_id, created_at DESC, id DESC);
      CREATE INDEX audit_events_trouble ON audit_events (outcome, created_at DESC, id DESC)
        WHERE outcome <> 'success';
      CREATE INDEX audit_events_tool ON audit_events (tool, created_at DESC, id DESC) WHERE tool IS NOT NULL;
      CREATE INDEX audit_events_definition ON audit_events (definition_id, created_at DESC, id DESC)
        WHERE definition_id IS NOT NULL;
      CREATE INDEX audit_events_resource ON audit_events (resource_id, created_at DESC, id DESC)
        WHERE resource_id IS NOT NULL;
      CREATE INDEX audit_events_run ON audit_events (run_id) WHERE run_id IS NOT NULL;
      CREATE INDEX audit_events_request ON audit_events (request_id);

      CREATE FUNCTION audit_events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' AND current_setting('mcp_backend.audit_retention', true) = 'on' THEN
          RETURN NULL;
        END IF;
        RAISE EXCEPTION 'audit_events is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
      END $$;

      -- Of the statement, so that it also refuses one that finds no row.
      CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION audit_events_refuse_change();
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE audit_events; DROP FUNCTION audit_events_refuse_change');
  }
}
