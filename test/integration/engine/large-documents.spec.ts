import { Client } from 'pg';

import { connectionOptions } from '../../../src/database/postgres-connection';
import { NO_ITEM } from '../../../src/engine/store/checkpoint';
import { CheckpointStatements } from '../../../src/engine/store/checkpoint-statement';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';
import { insertRuns, insertWorkflow } from '../retention/old-runs';

const LARGE = JSON.stringify({ text: 'x'.repeat(1_000_000) });
/** Nothing leaves its worker here, so there is nothing to take out of a queue. */
const statements = new CheckpointStatements('SELECT FROM gone');
const OWNER = '018f9d2c-7f3a-7c11-9a55-000000000009';

let database: TestDatabase;
let client: Client;
let runId: string;

/** A run under way with parameters of a megabyte. */
beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client(connectionOptions(database.url));
  await client.connect();
  await insertWorkflow(client);
  await insertRuns(client, { kind: 'large', count: 1, endedDaysAgo: null });
  const { rows } = await client.query<{ id: string }>(
    'UPDATE workflow_runs SET parameters = $1, owner = $2, epoch = 1, seq = 0 RETURNING id',
    [LARGE, OWNER],
  );
  runId = rows[0]?.id ?? '';
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function bytesOf(table: string): Promise<{ rows: number; outOfLine: number }> {
  const { rows } = await client.query<{ rows: number; outOfLine: number }>(
    `SELECT pg_relation_size(oid)::int AS rows, pg_relation_size(reltoastrelid)::int AS "outOfLine"
     FROM pg_class WHERE oid = $1::regclass`,
    [table],
  );
  const [sizes] = rows;
  if (sizes === undefined) throw new Error(`No table ${table}`);
  return sizes;
}

async function checkpoint(output: string): Promise<void> {
  const ended = { error: null, wakeAt: null, startedAt: new Date(), endedAt: new Date(), usage: null };
  const { text, values } = statements.of([
    {
      lease: { runId, owner: OWNER, epoch: 1 },
      baseSeq: 0,
      run: {},
      claim: { kind: 'keep' },
      steps: [
        { stepId: 'c', item: NO_ITEM, attempt: 1, status: 'succeeded', inputs: '{}', output, ...ended },
      ],
      events: [],
    },
  ]);
  const { rowCount } = await client.query(text, [...values]);
  expect(rowCount).toBe(1);
}

it('does not write large parameters again with each checkpoint of their run', async () => {
  const before = await bytesOf('workflow_runs');
  for (let count = 0; count < 20; count += 1) await checkpoint('1');
  const after = await bytesOf('workflow_runs');
  expect(before.outOfLine).toBeGreaterThan(LARGE.length);
  expect(after.outOfLine).toBe(before.outOfLine);
  expect(after.rows).toBeLessThan(100_000);
});

it('keeps large outputs out of the rows of steps, as they were given', async () => {
  const before = await bytesOf('workflow_steps');
  await checkpoint(LARGE);
  const after = await bytesOf('workflow_steps');
  expect(after.rows - before.rows).toBeLessThan(20_000);
  expect(after.outOfLine - before.outOfLine).toBeGreaterThan(LARGE.length);
  const { rows } = await client.query<{ output: string }>(
    `SELECT output::text AS output FROM workflow_steps WHERE run_id = $1 AND step_id = 'c'`,
    [runId],
  );
  expect(rows[0]?.output).toBe(LARGE);
});
