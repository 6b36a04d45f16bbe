import type { ChildProcess } from 'node:child_process';

import { Fleet } from './support/fleet.mts';
import { residentMiB } from './support/resident-memory.mts';
import type { Stage } from './support/stage.mts';

const CONCURRENCY = 200;
const FEW_RUNS = 100;
const MANY_RUNS = 10_000;
/** Enough for workers that are under way: in its first second, a process compiles more than it runs. */
const SLOW_RUNS = 6_000;
const SLOW_STEPS = 10;
const ENDED_RUNS = 1_000_000;

/**
 * A full queue, drained by workers. Aim with two of them: 3,000 runs of three `set` steps a second, 10,000 steps of a
 * random 0 to 20 ms a second, 10,000 queued at the rate of 100, memory flat. Then with one and with four workers, and
 * with a million ended runs in the tables. Its floor is one plain commit after the other.
 */
export async function queueDrain(stage: Stage): Promise<string[]> {
  const fleet = await Fleet.open(stage, 'bench_queue_drain');
  const lines = [`plain commits in a row           ${(await commitsPerSecond(fleet)).toFixed(0)}/s`];
  const chain = await chainOfThree(fleet, 'three');
  for (const workers of [1, 2, 4]) {
    const { rate, memory } = await drain(fleet, chain, MANY_RUNS, workers);
    lines.push(
      `${MANY_RUNS} runs, ${workers} worker${workers > 1 ? 's' : ' '}            ${rate.toFixed(0)} runs/s${workers === 2 ? '  (aim 3,000)' : ''}, ${memory} afterwards`,
    );
  }
  lines.push(`${FEW_RUNS} runs, 2 warm workers         ${(await drainFew(fleet)).toFixed(0)} runs/s`);
  const slow = await fleet.registerChain(
    'slow',
    { mcp_definition_id: await fleet.registerSleep() },
    Array.from({ length: SLOW_STEPS }, () => ({ up_to_ms: 20 })),
  );
  const { rate } = await drain(fleet, slow, SLOW_RUNS, 2);
  lines.push(`steps of 0 to 20 ms, 2 workers   ${(rate * SLOW_STEPS).toFixed(0)} steps/s  (aim 10,000)`);
  await addEndedRuns(fleet, chain);
  const grown = await chainOfThree(fleet, 'grown');
  const afterwards = await drain(fleet, grown, MANY_RUNS, 2);
  lines.push(`${MANY_RUNS} runs, a million ended      ${afterwards.rate.toFixed(0)} runs/s`);
  await fleet.close();
  return lines;
}

function chainOfThree(fleet: Fleet, name: string): Promise<string> {
  return fleet.registerChain(name, { builtin: 'set' }, [{ n: 0 }, { n: 1 }, { n: 2 }]);
}

/** Fills the queue, starts workers on it, and gives their rate once they are under way, runs a second. */
async function drain(
  fleet: Fleet,
  workflow: string,
  runs: number,
  workers: number,
): Promise<{ rate: number; memory: string }> {
  await fleet.start(workflow, runs);
  const { rows: queued } = await fleet.sql.query<{ at: Date }>('SELECT clock_timestamp() AS at');
  const processes = await startWorkers(fleet, workers);
  await fleet.allEnded(workflow);
  const memory = processes.map((process) => `${residentMiB(process.pid ?? 0).toFixed(0)} MiB`).join(', ');
  await fleet.stopWorkers();
  // The middle of it: neither their start nor the end, when they have too little to do.
  const { rows } = await fleet.sql.query<{ rate: number }>(
    `SELECT 0.8 * count(*) / extract(epoch FROM
       percentile_disc(0.9) WITHIN GROUP (ORDER BY ended_at) - percentile_disc(0.1) WITHIN GROUP (ORDER BY ended_at)
     )::float8 AS rate
     FROM workflow_runs WHERE workflow_definition_id = $1 AND ended_at > $2`,
    [workflow, queued[0]?.at],
  );
  return { rate: rows[0]?.rate ?? NaN, memory };
}

/** The same for a short queue, which warm workers find at once. */
async function drainFew(fleet: Fleet): Promise<number> {
  const warmUp = await chainOfThree(fleet, 'warm-up');
  const few = await chainOfThree(fleet, 'few');
  const workers = await startWorkers(fleet, 2);
  await fleet.start(warmUp, FEW_RUNS * 20);
  await fleet.allEnded(warmUp);
  // Stopped for less than their lease, so that the queue is full when they see it.
  for (const worker of workers) worker.kill('SIGSTOP');
  await fleet.start(few, FEW_RUNS);
  const startedAt = performance.now();
  for (const worker of workers) worker.kill('SIGCONT');
  await fleet.allEnded(few);
  const seconds = (performance.now() - startedAt) / 1000;
  await fleet.stopWorkers();
  return FEW_RUNS / seconds;
}

function startWorkers(fleet: Fleet, count: number): Promise<ChildProcess[]> {
  return Promise.all(Array.from({ length: count }, () => fleet.startEngineWorker(CONCURRENCY)));
}

async function commitsPerSecond({ sql }: Fleet): Promise<number> {
  const COMMITS = 2_000;
  await sql.query('CREATE TABLE bench_commits (n int PRIMARY KEY)');
  const startedAt = performance.now();
  for (let n = 0; n < COMMITS; n += 1) {
    await sql.query({ name: 'commit', text: 'INSERT INTO bench_commits VALUES ($1)', values: [n] });
  }
  return (COMMITS / (performance.now() - startedAt)) * 1000;
}

/** Copies of a run that ended, with its steps and events: straight into the tables. */
async function addEndedRuns({ sql }: Fleet, workflow: string): Promise<void> {
  await sql.query(
    `WITH original AS (
       SELECT * FROM workflow_runs WHERE workflow_definition_id = $1 AND ended_at IS NOT NULL LIMIT 1
     ), copies AS (
       INSERT INTO workflow_runs
         (id, workflow_definition_id, workflow_version_id, status, parameters, pins, seq, created_at, started_at, ended_at)
       SELECT gen_random_uuid(), workflow_definition_id, workflow_version_id, status, parameters, pins, seq,
         created_at - n * interval '1 second', started_at - n * interval '1 second', ended_at - n * interval '1 second'
       FROM original, generate_series(1, ${ENDED_RUNS}) AS n
       RETURNING id
     ), steps AS (
       INSERT INTO workflow_steps (run_id, step_id, item, attempt, status, inputs, output, started_at, ended_at)
       SELECT c.id, s.step_id, s.item, s.attempt, s.status, s.inputs, s.output, s.started_at, s.ended_at
       FROM copies c, workflow_steps s JOIN original o ON s.run_id = o.id
     )
     INSERT INTO run_events (run_id, seq, type, data, at)
     SELECT c.id, e.seq, e.type, e.data, e.at FROM copies c, run_events e JOIN original o ON e.run_id = o.id`,
    [workflow],
  );
  await sql.query('VACUUM ANALYZE');
  // What was just loaded is not to be written to the disk while the drain is measured.
  await sql.query('CHECKPOINT');
}
