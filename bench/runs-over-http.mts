import { setTimeout as sleep } from 'node:timers/promises';

import { Fleet } from './support/fleet.mts';
import type { Stage } from './support/stage.mts';
import { quantile } from './support/statistics.mts';

const IN_FLIGHT = 64;
const WARM_UP_RUNS = 1_000;
const RUNS = 6_000;
/** How often it is looked which runs have ended: part of what is measured, so small beside it. */
const LOOK_MS = 5;
/** PostgreSQL's counters are written down by each session once a second. */
const COUNTERS_MS = 1_500;

interface Measured {
  readonly seconds: number;
  /** From the request that starts a run to the sight of its end, milliseconds. */
  readonly times: number[];
}

/**
 * Runs of three `set` steps, started over HTTP with 64 in flight: one API process, one worker, the PostgreSQL and this
 * client on the same cores. Aim: 800 runs a second, p95 under 300 ms, two commits a run or fewer. Its floor is the same
 * client that only starts runs (nobody drives them).
 */
export async function runsOverHttp(stage: Stage): Promise<string[]> {
  const fleet = await Fleet.open(stage, 'bench_runs_over_http');
  const chain = await fleet.registerChain('three', { builtin: 'set' }, [{ n: 0 }, { n: 1 }, { n: 2 }]);
  const parked = await fleet.registerChain('parked', { builtin: 'set' }, [{ n: 0 }, { n: 1 }, { n: 2 }]);
  const startedAt = performance.now();
  await fleet.start(parked, WARM_UP_RUNS);
  const startsPerSecond = (WARM_UP_RUNS / (performance.now() - startedAt)) * 1000;
  await fleet.startWorker(IN_FLIGHT * 2);
  await fleet.allEnded(parked);
  await drive(fleet, chain, WARM_UP_RUNS);
  const before = await counters(fleet);
  const { seconds, times } = await drive(fleet, chain, RUNS);
  const after = await counters(fleet);
  await fleet.close();
  const perRun = (name: keyof Counters): string => ((after[name] - before[name]) / RUNS).toFixed(2);
  return [
    `starts alone                 ${startsPerSecond.toFixed(0)} runs/s`,
    `runs ended                   ${(RUNS / seconds).toFixed(0)} runs/s  (aim 800)`,
    `from start to end            median ${quantile(times, 0.5).toFixed(0)} ms, p95 ${quantile(times, 0.95).toFixed(0)} ms  (aim under 300)`,
    `transactions that wrote      ${perRun('writes')} a run  (aim 2 or fewer)`,
    `flushes of the log           ${perRun('flushes')} a run`,
  ];
}

/** Keeps so many runs in flight until `count` have ended. */
async function drive(fleet: Fleet, workflow: string, count: number): Promise<Measured> {
  const startedAt = performance.now();
  const open = new Map<string, { readonly since: number; readonly ended: () => void }>();
  const times: number[] = [];
  let left = count;
  const runner = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const since = performance.now();
      const { id } = await fleet.rest.call('POST', '/workflow-runs', { workflow_definition_id: workflow });
      await new Promise<void>((ended) => open.set(id, { since, ended }));
    }
  };
  const runners = Promise.all(Array.from({ length: IN_FLIGHT }, runner));
  while (times.length < count) {
    await sleep(LOOK_MS);
    const { rows } = await fleet.sql.query<{ id: string }>({
      name: 'ended',
      text: 'SELECT id FROM workflow_runs WHERE id = ANY($1) AND ended_at IS NOT NULL',
      values: [[...open.keys()]],
    });
    for (const { id } of rows) {
      const run = open.get(id);
      open.delete(id);
      if (run === undefined) continue;
      times.push(performance.now() - run.since);
      run.ended();
    }
  }
  await runners;
  return { seconds: (performance.now() - startedAt) / 1000, times };
}

interface Counters {
  /** Transactions that wrote: each has a number of its own. */
  readonly writes: number;
  readonly flushes: number;
}

async function counters({ sql }: Fleet): Promise<Counters> {
  await sleep(COUNTERS_MS);
  const { rows } = await sql.query<Counters>(`
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::float8 AS writes,
      (SELECT sum(fsyncs)::float8 FROM pg_stat_io WHERE object = 'wal') AS flushes`);
  const [row] = rows;
  if (row === undefined) throw new Error('No counters');
  return row;
}
