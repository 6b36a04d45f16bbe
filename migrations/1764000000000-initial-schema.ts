import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Definitions and workflows with their immutable versions; runs with their steps and events; workers;
 * API keys. User documents are `json`, not `jsonb`: they come back exactly as they were sent (key order,
 * `\u0000`), and cost less to write.
 */
export class InitialSchema1764000000000 implements MigrationInterface {
  readonly name = 'InitialSchema1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE api_keys (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        prefix text NOT NULL,
        key_hash bytea NOT NULL UNIQUE,
        scopes text[] NOT NULL,
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        created_at timestamptz(3) NOT NULL DEFAULT now()
      );

      CREATE TABLE mcp_definitions (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        mcp_type text NOT NULL,
        labels jsonb NOT NULL DEFAULT '{}',
        latest_version_id uuid NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        deleted_at timestamptz(3)
      );
      CREATE UNIQUE INDEX mcp_definitions_living_name ON mcp_definitions (name) WHERE deleted_at IS NULL;
      CREATE INDEX mcp_definitions_newest ON mcp_definitions (created_at DESC, id DESC) WHERE deleted_at IS NULL;
      CREATE INDEX mcp_definitions_newest_of_type
        ON mcp_definitions (mcp_type, created_at DESC, id DESC) WHERE deleted_at IS NULL;

      CREATE TABLE mcp_versions (
        id uuid PRIMARY KEY,
        mcp_definition_id uuid NOT NULL REFERENCES mcp_definitions (id),
        version text NOT NULL,
        config json NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        UNIQUE (mcp_definition_id, version)
      );
      -- Deferred: a definition and its first version point at each other.
      ALTER TABLE mcp_definitions ADD FOREIGN KEY (latest_version_id)
        REFERENCES mcp_versions (id) DEFERRABLE INITIALLY DEFERRED;

      CREATE TABLE workflow_definitions (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        labels jsonb NOT NULL DEFAULT '{}',
        latest_version_id uuid NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        deleted_at timestamptz(3)
      );
      CREATE UNIQUE INDEX workflow_definitions_living_name ON workflow_definitions (name) WHERE deleted_at IS NULL;
      CREATE INDEX workflow_definitions_newest
        ON workflow_definitions (created_at DESC, id DESC) WHERE deleted_at IS NULL;

      CREATE TABLE workflow_versions (
        id uuid PRIMARY KEY,
        workflow_definition_id uuid NOT NULL REFERENCES workflow_definitions (id),
        version text NOT NULL,
        -- What runs: parameters_schema, steps, result, limits. Name, description and labels are not in it.
        spec json NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        UNIQUE (workflow_definition_id, version)
      );
      ALTER TABLE workflow_definitions ADD FOREIGN KEY (latest_version_id)
        REFERENCES workflow_versions (id) DEFERRABLE INITIALLY DEFERRED;

      CREATE TABLE workflow_runs (
        id uuid PRIMARY KEY,
        workflow_definition_id uuid NOT NULL REFERENCES workflow_definitions (id),
        workflow_version_id uuid NOT NULL REFERENCES workflow_versions (id),
        status text NOT NULL,
        parameters json NOT NULL,
        labels jsonb NOT NULL DEFAULT '{}',
        -- {"<step id>": "<mcp_versions.id>"}: what each step's component was when the run started.
        pins json NOT NULL,
        result json,
        error json,
        -- The worker that holds the run, and how often the run changed hands. A worker's every write carries both.
        owner uuid,
        epoch integer NOT NULL DEFAULT 0,
        -- The number of the run's last event.
        seq integer NOT NULL DEFAULT 0,
        cancel_requested_at timestamptz(3),
        wake_at timestamptz(3),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        started_at timestamptz(3),
        ended_at timestamptz(3)
      ) WITH (fillfactor = 60); -- room for the new row versions of a checkpoint on the same page (HOT)
      CREATE INDEX workflow_runs_newest ON workflow_runs (created_at DESC, id DESC);
      CREATE INDEX workflow_runs_newest_of_definition
        ON workflow_runs (workflow_definition_id, created_at DESC, id DESC);
      CREATE INDEX workflow_runs_owned ON workflow_runs (owner) WHERE owner IS NOT NULL;

      CREATE TABLE workflow_steps (
        run_id uuid NOT NULL,
        step_id text NOT NULL,
        -- Position in a for_each; -1 for the step itself.
        item integer NOT NULL,
        -- From 1; 0 for a step that was skipped, which is recorded once.
        attempt integer NOT NULL,
        status text NOT NULL,
        inputs json,
        output json,
        error json,
        -- When a step that waits, or waits to be tried again, goes on.
        wake_at timestamptz(3),
        started_at timestamptz(3),
        ended_at timestamptz(3),
        PRIMARY KEY (run_id, step_id, item, attempt)
      ) WITH (fillfactor = 80);

      CREATE TABLE run_events (
        run_id uuid NOT NULL,
        seq integer NOT NULL,
        type text NOT NULL,
        data json NOT NULL,
        at timestamptz(3) NOT NULL,
        PRIMARY KEY (run_id, seq)
      );

      CREATE TABLE workers (
        id uuid PRIMARY KEY,
        -- Key of the session advisory lock that the living worker holds.
        lock_key integer GENERATED ALWAYS AS IDENTITY,
        hostname text NOT NULL,
        pid integer NOT NULL,
        started_at timestamptz(3) NOT NULL DEFAULT now(),
        heartbeat_at timestamptz(3) NOT NULL DEFAULT now()
      );

      CREATE TABLE idempotency_keys (
        api_key_id uuid NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        run_id uuid NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (api_key_id, key)
      );
      CREATE INDEX idempotency_keys_oldest ON idempotency_keys (created_at);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE idempotency_keys, workers, run_events, workflow_steps, workflow_runs CASCADE;
      DROP TABLE workflow_versions, workflow_definitions, mcp_versions, mcp_definitions, api_keys CASCADE;
    `);
  }
}
