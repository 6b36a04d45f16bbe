import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tools of MCP servers as they were approved, so that a change shows. */
export class McpToolApprovals1764140000000 implements MigrationInterface {
  readonly name = 'McpToolApprovals1764140000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE mcp_tool_approvals (
        mcp_definition_id uuid NOT NULL REFERENCES mcp_definitions (id) ON DELETE CASCADE,
        tool text NOT NULL,
        -- SHA-256 of the definition, its members in order.
        fingerprint text NOT NULL,
        definition json NOT NULL,
        approved_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (mcp_definition_id, tool)
      )
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE mcp_tool_approvals');
  }
}
