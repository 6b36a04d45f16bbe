import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whoever asks a worker to cancel a run says why, and the run ends with that. The sentence itself rather than a code:
 * it may name another run, and a worker of an older version can end a run with a reason that it does not know.
 */
export class CancelReason1764240000000 implements MigrationInterface {
  readonly name = 'CancelReason1764240000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("SET LOCAL lock_timeout = '5s'");
    await queryRunner.query(`
      -- Beside cancel_requested_at; null: a release asked that gave no reason.
      ALTER TABLE workflow_runs ADD COLUMN cancel_reason text
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflow_runs DROP COLUMN cancel_reason');
  }
}
