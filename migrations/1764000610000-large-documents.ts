import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What steps take and give, and what runs take and give, is kept as it is rather than compressed, once it is moved
 * out of its row: compressing is most of what a large checkpoint costs, and holds up the others of its group
 * (docs/adr/0007-large-outputs.md has the figures). Values that are there already stay as they are.
 */
export class LargeDocuments1764000610000 implements MigrationInterface {
  readonly name = 'LargeDocuments1764000610000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(storage('EXTERNAL'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(storage('EXTENDED'));
  }
}

function storage(kind: 'EXTERNAL' | 'EXTENDED'): string {
  return `
    ALTER TABLE workflow_runs ALTER parameters SET STORAGE ${kind}, ALTER result SET STORAGE ${kind};
    ALTER TABLE workflow_steps ALTER inputs SET STORAGE ${kind}, ALTER output SET STORAGE ${kind};`;
}
