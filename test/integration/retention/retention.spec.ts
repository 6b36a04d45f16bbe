import { Logger } from '@nestjs/common';
import { Client } from 'pg';

import { SystemClock } from '../../../src/common/clock';
import { loadConfig } from '../../../src/config/load-config';
import { connectionOptions, PostgresConnection } from '../../../src/database/postgres-connection';
import { RetentionRepository, RUNS_A_BATCH } from '../../../src/retention/retention.repository';
import { RetentionService } from '../../../src/retention/retention.service';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';
import { insertRuns, insertWorkflow } from './old-runs';

/** Several batches. */
const MANY = 5 * RUNS_A_BATCH + 1;

let database: TestDatabase;
let connection: PostgresConnection;
let client: Client;

beforeAll(() => {
  Logger.overrideLogger(['warn', 'error']);
});

beforeEach(async () => {
  database = await createTestDatabase();
  const { driver } = database.dataSource as unknown as { driver: { master: PostgresConnection['pool'] } };
  connection = new PostgresConnection(connectionOptions(database.url), driver.master);
  client = new Client(connectionOptions(database.url));
  await client.connect();
  await insertWorkflow(client);
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

function retention(days = '30'): RetentionService {
  const config = loadConfig({ RUN_RETENTION_DAYS: days }, false);
  return new RetentionService(new RetentionRepository(connection), config, new SystemClock());
}

/** How many rows of a table belong to which kind of run, by the label that `insertRuns` gave it. */
async function rowsByKind(table: string): Promise<Record<string, number>> {
  const { rows } = await client.query<{ kind: string; n: number }>(
    `SELECT r.labels ->> 'kind' AS kind, count(*)::int AS n
     FROM ${table} t JOIN workflow_runs r ON r.id = t.${table === 'workflow_runs' ? 'id' : 'run_id'} GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ kind, n }) => [kind, n]));
}

async function countOf(table: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
  return rows[0]?.n ?? NaN;
}

/** Every table of ours with rows of a run, found in the catalog: one that somebody adds is in it. */
async function tablesOfRuns(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND column_name = 'run_id' AND table_type = 'BASE TABLE'`,
  );
  return rows.map(({ name }) => name);
}

it('removes thousands of ended runs with all their rows, and nothing of those that are younger or under way', async () => {
  await insertRuns(client, { kind: 'old', count: MANY, endedDaysAgo: 31 });
  await insertRuns(client, { kind: 'young', count: 20, endedDaysAgo: 29 });
  await insertRuns(client, { kind: 'waiting', count: 20, endedDaysAgo: null });
  expect(await rowsByKind('run_events')).toEqual({ old: 4 * MANY, young: 80, waiting: 80 });

  await retention().sweep();

  expect(await rowsByKind('workflow_runs')).toEqual({ young: 20, waiting: 20 });
  expect(await countOf('workflow_steps')).toBe(80);
  expect(await countOf('run_events')).toBe(160);
  for (const table of await tablesOfRuns()) {
    const orphans = await client.query(
      `SELECT FROM ${table} t WHERE NOT EXISTS (SELECT FROM workflow_runs r WHERE r.id = t.run_id)`,
    );
    expect([table, orphans.rowCount]).toEqual([table, 0]);
  }
});

it('keeps a nested run until the run that called it has ended: it may not have heard of that end yet', async () => {
  await insertRuns(client, { kind: 'nested', count: 1, endedDaysAgo: 31 });
  await insertRuns(client, { kind: 'caller', count: 1, endedDaysAgo: null });
  await client.query(
    `UPDATE workflow_runs SET parent_run_id = caller.id, parent_step_id = 'a', parent_item = -1, parent_attempt = 1
     FROM workflow_runs caller
     WHERE workflow_runs.labels ->> 'kind' = 'nested' AND caller.labels ->> 'kind' = 'caller'`,
  );
  await insertRuns(client, { kind: 'old', count: 3, endedDaysAgo: 31 });

  await retention().sweep();
  expect(await rowsByKind('workflow_runs')).toEqual({ nested: 1, caller: 1 });

  await client.query(`UPDATE workflow_runs SET ended_at = now() WHERE ended_at IS NULL`);
  await retention().sweep();
  expect(await rowsByKind('workflow_runs')).toEqual({ caller: 1 });
});

it('removes idempotency keys after their day, and no run, where runs are kept for ever', async () => {
  await insertRuns(client, { kind: 'ancient', count: 30, endedDaysAgo: 3_000 });
  await insertRuns(client, { kind: 'today', count: 5, endedDaysAgo: 0 });
  expect(await countOf('idempotency_keys')).toBe(35);
  await retention('0').sweep();
  expect(await countOf('idempotency_keys')).toBe(5);
  expect(await rowsByKind('workflow_runs')).toEqual({ ancient: 30, today: 5 });
});

it('removes kept answers after their day', async () => {
  await client.query(
    `INSERT INTO idempotent_answers (api_key_id, operation, key, request_hash, created_at)
     SELECT gen_random_uuid(), 'POST /api/v1/toolsets', 'k', '', now() - make_interval(hours => hours)
     FROM unnest(ARRAY[23, 25, 1000]) AS hours`,
  );
  await retention('0').sweep();
  expect(await countOf('idempotent_answers')).toBe(1);
});

it('removes audit events after their days, in several batches, though nobody else may', async () => {
  await client.query(
    `INSERT INTO audit_events (id, created_at, action, outcome, arguments_truncated, duration_ms)
     SELECT gen_random_uuid(), now() - make_interval(days => CASE WHEN n <= 12000 THEN 91 ELSE 89 END),
            'tool.call', 'success', false, 1
     FROM generate_series(1, 12100) AS n`,
  );
  await retention().sweep();
  expect(await countOf('audit_events')).toBe(100);
});

it('removes each run once when several processes sweep at the same time', async () => {
  await insertRuns(client, { kind: 'old', count: MANY, endedDaysAgo: 31 });
  const repository = new RetentionRepository(connection);
  const removed = await Promise.all(Array.from({ length: 8 }, () => repository.removeEndedRuns(new Date())));
  const batches = removed.filter((rows) => rows !== null);
  expect(batches.length).toBeGreaterThan(0);
  expect(await countOf('workflow_runs')).toBe(MANY - batches.reduce((sum, { runs }) => sum + runs, 0));
});

it('lets one process remove at a time', async () => {
  await insertRuns(client, { kind: 'old', count: 3, endedDaysAgo: 31 });
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1, 0)', [0x7274]);
  expect(await new RetentionRepository(connection).removeEndedRuns(new Date())).toBeNull();
  await retention().sweep();
  await client.query('COMMIT');
  expect(await countOf('workflow_runs')).toBe(3);
  await retention().sweep();
  expect(await countOf('workflow_runs')).toBe(0);
});

it('waits for nobody: a run that somebody holds is passed by until the next time', async () => {
  await insertRuns(client, { kind: 'old', count: 10, endedDaysAgo: 31 });
  await client.query('BEGIN');
  await client.query('SELECT FROM workflow_runs LIMIT 1 FOR UPDATE');
  await retention().sweep();
  expect(await countOf('workflow_runs')).toBe(1);
  await client.query('COMMIT');
  await retention().sweep();
  expect(await countOf('workflow_runs')).toBe(0);
});

it('removes fewer runs at once where they are long, and never none', async () => {
  await insertRuns(client, { kind: 'long', count: 3, endedDaysAgo: 31 });
  await client.query('UPDATE workflow_runs SET seq = 15000');
  const repository = new RetentionRepository(connection);
  const batches = [
    await repository.removeEndedRuns(new Date()),
    await repository.removeEndedRuns(new Date()),
  ];
  expect(batches.map((batch) => batch?.runs)).toEqual([2, 1]);
});

it('finds nothing to do by the index, without looking at what stays', async () => {
  await insertRuns(client, { kind: 'young', count: 3_000, endedDaysAgo: 1 });
  await client.query('ANALYZE workflow_runs');
  const { rows } = await client.query<Record<'QUERY PLAN', string>>(
    `EXPLAIN SELECT id FROM workflow_runs WHERE ended_at < now() - interval '30 days' ORDER BY ended_at LIMIT 500`,
  );
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('workflow_runs_ended');
});
