import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What starts runs by itself: schedules, and webhooks with the signatures that they have seen. Which trigger
 * started a run is among the run's labels: a column with an index would cost every run's checkpoints.
 */
export class Triggers1764000500000 implements MigrationInterface {
  readonly name = 'Triggers1764000500000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE schedules (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        workflow_definition_id uuid NOT NULL REFERENCES workflow_definitions (id),
        parameters json NOT NULL,
        cron text NOT NULL,
        time_zone text NOT NULL,
        overlap text NOT NULL,
        enabled boolean NOT NULL,
        -- When it fires next; null while it is paused.
        next_at timestamptz(3),
        -- Overlap queue: the time whose run waits until the one before has ended.
        queued_for timestamptz(3),
        -- Its runs that had not ended when it last fired: whether one is still open is read from them alone,
        -- however many runs there were.
        open_run_ids uuid[] NOT NULL DEFAULT '{}',
        last_run_id uuid,
        last_scheduled_for timestamptz(3),
        last_caught_up boolean NOT NULL DEFAULT false,
        last_skipped_at timestamptz(3),
        last_error json,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX schedules_name ON schedules (name);
      CREATE INDEX schedules_newest ON schedules (created_at DESC, id DESC);
      CREATE INDEX schedules_of_workflow ON schedules (workflow_definition_id);
      CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;
      CREATE INDEX schedules_queued ON schedules (queued_for) WHERE queued_for IS NOT NULL;

      CREATE TABLE webhooks (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        workflow_definition_id uuid NOT NULL REFERENCES workflow_definitions (id),
        enabled boolean NOT NULL,
        -- SHA-256 of the token: the only way to find the webhook by its address.
        token_hash bytea NOT NULL,
        token_prefix text NOT NULL,
        -- Null: posts are not signed. The secret is encrypted.
        signature_header text,
        signature_secret text,
        rate_limit_per_minute integer NOT NULL,
        -- Posts taken in the current window of a minute.
        window_started_at timestamptz(3),
        window_count integer NOT NULL DEFAULT 0,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CHECK ((signature_header IS NULL) = (signature_secret IS NULL))
      );
      CREATE UNIQUE INDEX webhooks_name ON webhooks (name);
      CREATE UNIQUE INDEX webhooks_token ON webhooks (token_hash);
      CREATE INDEX webhooks_newest ON webhooks (created_at DESC, id DESC);
      CREATE INDEX webhooks_of_workflow ON webhooks (workflow_definition_id);

      -- Signatures of posts that started runs, kept as long as their timestamps would be taken: no replays.
      CREATE TABLE webhook_signatures (
        webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
        signature bytea NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        PRIMARY KEY (webhook_id, signature)
      );
      CREATE INDEX webhook_signatures_oldest ON webhook_signatures (webhook_id, expires_at);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE webhook_signatures, webhooks, schedules');
  }
}
