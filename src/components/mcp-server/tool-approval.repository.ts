import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { ToolApprovals } from './tool-approvals';
import type { ApprovedTool } from './tool-drift';

interface ApprovalRow extends ApprovedTool {
  readonly tool: string;
}

/** Columns, because PostgreSQL's JSON functions refuse documents with `\u0000` or half a surrogate pair. */
const GIVEN = 'unnest($2::text[], $3::text[], $4::json[]) AS given (tool, fingerprint, definition)';

/** The approved tools in `mcp_tool_approvals`. */
@Injectable()
export class ToolApprovalRepository extends ToolApprovals {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async findOrApprove(
    definitionId: string,
    current: ReadonlyMap<string, ApprovedTool>,
  ): Promise<ReadonlyMap<string, ApprovedTool>> {
    const found = await this.find(definitionId);
    if (found.size > 0) return found;
    await this.dataSource.query(
      `INSERT INTO mcp_tool_approvals (mcp_definition_id, tool, fingerprint, definition)
       SELECT d.id, given.tool, given.fingerprint, given.definition
       FROM mcp_definitions d, ${GIVEN}
       WHERE d.id = $1 AND NOT EXISTS (SELECT FROM mcp_tool_approvals WHERE mcp_definition_id = $1)
       ON CONFLICT DO NOTHING`,
      [definitionId, ...toColumns(current)],
    );
    // Another process may have been first.
    return this.find(definitionId);
  }

  async accept(
    definitionId: string,
    current: ReadonlyMap<string, ApprovedTool>,
    gone: readonly string[],
  ): Promise<void> {
    await this.dataSource.query(
      `WITH forgotten AS (
         DELETE FROM mcp_tool_approvals WHERE mcp_definition_id = $1 AND tool = ANY ($5::text[])
       )
       INSERT INTO mcp_tool_approvals (mcp_definition_id, tool, fingerprint, definition)
       SELECT $1, given.tool, given.fingerprint, given.definition
       FROM ${GIVEN}
       ON CONFLICT (mcp_definition_id, tool) DO UPDATE
       SET fingerprint = excluded.fingerprint, definition = excluded.definition, approved_at = now()`,
      [definitionId, ...toColumns(current), gone],
    );
  }

  async findDefinitionId(versionId: string): Promise<string | null> {
    const [found] = await this.dataSource.query<{ id: string }[]>(
      'SELECT mcp_definition_id AS id FROM mcp_versions WHERE id = $1',
      [versionId],
    );
    return found?.id ?? null;
  }

  private async find(definitionId: string): Promise<ReadonlyMap<string, ApprovedTool>> {
    const rows = await this.dataSource.query<ApprovalRow[]>(
      'SELECT tool, fingerprint, definition FROM mcp_tool_approvals WHERE mcp_definition_id = $1 ORDER BY tool',
      [definitionId],
    );
    return new Map(rows.map(({ tool, fingerprint, definition }) => [tool, { fingerprint, definition }]));
  }
}

function toColumns(tools: ReadonlyMap<string, ApprovedTool>): [string[], string[], string[]] {
  // PostgreSQL's text has neither: such a tool cannot be approved, and counts as new for ever.
  const storable = [...tools].filter(([tool]) => !tool.includes('\0') && tool.isWellFormed());
  return [
    storable.map(([tool]) => tool),
    storable.map(([, { fingerprint }]) => fingerprint),
    storable.map(([, { definition }]) => JSON.stringify(definition)),
  ];
}
