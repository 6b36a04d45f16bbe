/**
 * What `bench/definitions-list.mts` compares with: Express 5 that sends the same list by one prepared statement of
 * `pg`, and does nothing else. A process of its own, as the program is. Arguments: the database's URL.
 */
import type { AddressInfo } from 'node:net';

import express from 'express';
import pg from 'pg';

interface Row {
  readonly total: number;
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly mcp_type: string;
  readonly labels: unknown;
  readonly revision: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly version_id: string;
  readonly version: string;
  readonly config: unknown;
  readonly input_schema: unknown;
  readonly output_schema: unknown;
  readonly version_created_at: Date;
}

const LIST = `
  SELECT (SELECT count(*)::int FROM mcp_definitions WHERE deleted_at IS NULL) AS total,
    d.id, d.name, d.description, d.mcp_type, d.labels, d.revision, d.created_at, d.updated_at,
    v.id AS version_id, v.version, v.config, v.input_schema, v.output_schema, v.created_at AS version_created_at
  FROM mcp_definitions d JOIN mcp_versions v ON v.id = d.latest_version_id
  WHERE d.deleted_at IS NULL
  ORDER BY d.created_at DESC, d.id DESC LIMIT $1 OFFSET $2`;

const pool = new pg.Pool({ connectionString: process.argv[2], max: 10 });
const app = express();

app.get('/api/v1/mcp-definitions', async (request, response) => {
  const limit = Number(request.query['limit'] ?? 10);
  const skip = Number(request.query['skip'] ?? 0);
  const { rows } = await pool.query<Row>({ name: 'list', text: LIST, values: [limit, skip] });
  response.json({ items: rows.map(toItem), total: rows[0]?.total ?? 0, skip, limit });
});

const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));
});

function toItem(row: Row): object {
  const { id, name, description, mcp_type, labels, revision, created_at, updated_at } = row;
  const { version_id, version, config, input_schema, output_schema, version_created_at } = row;
  const latest = { id: version_id, version, config, input_schema, output_schema };
  return {
    ...{ id, name, description, mcp_type, labels, revision, created_at, updated_at },
    latest_version: { ...latest, is_latest: true, created_at: version_created_at },
  };
}
