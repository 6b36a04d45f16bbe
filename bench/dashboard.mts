import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Stage } from './support/stage.mts';
import { quantile, spread } from './support/statistics.mts';

const RUNS = 1_000_000;
const OPEN_RUNS = 5_000;
const DEFINITIONS = 200;
const ROUNDS = 200;
const WARM_UP = 20;

const require = createRequire(import.meta.url);
const { DASHBOARD_SQL } = require(
  join(import.meta.dirname, '../dist/src/dashboard/dashboard-statements.js'),
) as { DASHBOARD_SQL: Record<string, string> };

/**
 * The dashboard's summary over a million runs, all of the last week, of which 5,000 are open. Aim: under 50 ms. Shows
 * the plan of each statement, and what the trigger that notes the ends costs.
 */
export async function dashboard(stage: Stage): Promise<string[]> {
  await fill(stage);
  await untilAddedUp(stage);
  await stage.sql.query('VACUUM ANALYZE');
  const times: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const startedAt = performance.now();
    await stage.call('GET', '/dashboard/summary');
    if (round >= WARM_UP) times.push(performance.now() - startedAt);
  }
  const lines = [
    `summary over ${RUNS} runs        ${spread(times, 'ms')}, p99 ${quantile(times, 0.99).toFixed(2)}  (aim under 50)`,
    ...(await triggerCost(stage)),
  ];
  for (const [name, text] of Object.entries(DASHBOARD_SQL)) lines.push(...(await plan(stage, name, text)));
  return lines;
}

/** Straight into the tables; the ends go the way of all ends, through the job. */
async function fill({ sql }: Stage): Promise<void> {
  await sql.query(`
    WITH d AS (SELECT gen_random_uuid() AS id, n FROM generate_series(1, ${DEFINITIONS}) AS n),
    v AS (
      INSERT INTO workflow_versions (id, workflow_definition_id, version, spec) SELECT id, id, '1.0.0', '{}' FROM d
    )
    INSERT INTO workflow_definitions (id, name, latest_version_id) SELECT id, 'bench-dashboard-' || n, id FROM d`);
  await sql.query(`
    WITH d AS (
      SELECT array_agg(id) AS ids FROM workflow_definitions WHERE name LIKE 'bench-dashboard-%'
    ), r AS (
      SELECT n, ids[1 + n % ${DEFINITIONS}] AS definition, n > ${RUNS - OPEN_RUNS} AS open,
             now() - (${RUNS} - n) * (interval '6 days 23 hours' / ${RUNS}) AS at, random() AS luck
      FROM d, generate_series(1, ${RUNS}) AS n
    )
    INSERT INTO workflow_runs
      (id, workflow_definition_id, workflow_version_id, status, parameters, pins, seq, created_at, started_at, ended_at)
    SELECT gen_random_uuid(), definition, definition,
           CASE WHEN open THEN 'waiting' WHEN luck < 0.9 THEN 'succeeded' WHEN luck < 0.98 THEN 'failed' ELSE 'cancelled' END,
           '{}', '{}', 9, at, at, CASE WHEN NOT open THEN at + interval '1 ms' * exp(luck * 12) END
    FROM r`);
  await sql.query(`
    INSERT INTO run_ends
    SELECT ended_at, workflow_definition_id, status, started_at FROM workflow_runs WHERE ended_at IS NOT NULL`);
}

async function untilAddedUp({ sql }: Stage): Promise<void> {
  for (;;) {
    const { rows } = await sql.query<{ left: boolean }>('SELECT EXISTS (SELECT FROM run_ends) AS left');
    if (rows[0]?.left !== true) return;
    await sleep(200);
  }
}

async function plan({ sql }: Stage, name: string, text: string): Promise<string[]> {
  const beginnings = [168, 24].slice(0, new Set(text.match(/\$\d/g)).size);
  const values = beginnings.map((hours) => new Date(Date.now() - hours * 3_600_000));
  const { rows } = await sql.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values);
  return ['', name, ...rows.map((row) => `  ${row['QUERY PLAN']}`)];
}

/** Ends of runs in groups of 50, as checkpoints have them, with the trigger and without. */
async function triggerCost({ sql }: Stage): Promise<string[]> {
  const perRun = { on: [] as number[], off: [] as number[] };
  for (let round = 0; round < 60; round += 1) {
    const way = round % 2 === 0 ? 'on' : 'off';
    await sql.query(`ALTER TABLE workflow_runs ${way === 'on' ? 'ENABLE' : 'DISABLE'} TRIGGER note_run_end`);
    const { rows } = await sql.query<{ ids: string[] }>(
      'SELECT array_agg(id) AS ids FROM (SELECT id FROM workflow_runs WHERE ended_at IS NULL LIMIT 50) AS r',
    );
    await sql.query('BEGIN');
    const startedAt = performance.now();
    await sql.query("UPDATE workflow_runs SET status = 'succeeded', ended_at = now() WHERE id = ANY ($1)", [
      rows[0]?.ids,
    ]);
    perRun[way].push(((performance.now() - startedAt) * 1_000) / 50);
    await sql.query('ROLLBACK');
  }
  await sql.query('ALTER TABLE workflow_runs ENABLE TRIGGER note_run_end');
  return [
    `the end of a run, in groups of 50     ${spread(perRun.off, 'µs')} without its trigger, ${spread(perRun.on, 'µs')} with it`,
  ];
}
