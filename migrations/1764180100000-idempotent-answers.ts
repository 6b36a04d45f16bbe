import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was answered to requests that made something under an `Idempotency-Key`. Runs have `idempotency_keys`, which
 * keeps no answer: theirs is the run as it is by then.
 */
export class IdempotentAnswers1764180100000 implements MigrationInterface {
  readonly name = 'IdempotentAnswers1764180100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE idempotent_answers (
        api_key_id uuid NOT NULL,
        -- Method and path.
        operation text NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        -- Sealed: it may hold what is shown once. Null only inside the transaction that makes it.
        answer text,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (api_key_id, operation, key)
      );
      CREATE INDEX idempotent_answers_oldest ON idempotent_answers (created_at);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE idempotent_answers');
  }
}
