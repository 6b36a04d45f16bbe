import { randomUUID } from 'node:crypto';

import { ToolApprovalRepository } from '../../../src/components/mcp-server/tool-approval.repository';
import type { ApprovedTool } from '../../../src/components/mcp-server/tool-drift';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

describe('the approved tools of an MCP server', () => {
  let database: TestDatabase;
  let definitionId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    definitionId = randomUUID();
    const versionId = randomUUID();
    await database.dataSource.query(
      `WITH made AS (
         INSERT INTO mcp_definitions (id, name, mcp_type, latest_version_id) VALUES ($1, 'a', 'mcp_server', $2)
       )
       INSERT INTO mcp_versions (id, mcp_definition_id, version, config) VALUES ($2, $1, '1.0.0', '{}')`,
      [definitionId, versionId],
    );
  });
  afterAll(() => database.drop());

  const tool = (description: string): ApprovedTool => ({
    fingerprint: description,
    definition: {
      title: null,
      description,
      inputSchema: { type: 'object', properties: { separator: { default: 'a\0b\ud800' } } },
      outputSchema: null,
      annotations: null,
    },
  });

  it('are kept whatever their definitions hold, but for names that PostgreSQL cannot store', async () => {
    const approvals = new ToolApprovalRepository(database.dataSource);
    const tools = new Map([
      ['split', tool('splits')],
      ['a\0b', tool('has a NUL')],
      ['a\ud800', tool('has half a pair')],
    ]);
    const approved = new Map([['split', tool('splits')]]);
    expect(await approvals.findOrApprove(definitionId, tools)).toEqual(approved);
    const changed = new Map([['split', tool('splits well')]]);
    await approvals.accept(definitionId, changed, []);
    expect(await approvals.findOrApprove(definitionId, tools)).toEqual(changed);
    await approvals.accept(definitionId, approved, ['other']);
    expect(await approvals.findOrApprove(definitionId, tools)).toEqual(approved);
  });
});
