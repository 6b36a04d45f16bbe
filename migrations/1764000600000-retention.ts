import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Ended runs by the time of their end: what is to be removed is found without looking at what stays. Partial, so
 * that runs under way are not in it; a run gets its entry with its last checkpoint, which writes an entry into every
 * index of the row anyway, because `owner` changes.
 */
export class Retention1764000600000 implements MigrationInterface {
  readonly name = 'Retention1764000600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'CREATE INDEX workflow_runs_ended ON workflow_runs (ended_at) WHERE ended_at IS NOT NULL',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX workflow_runs_ended');
  }
}
