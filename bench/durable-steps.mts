import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Peer } from './support/peer.mts';
import type { Stage } from './support/stage.mts';
import { quantile, spread } from './support/statistics.mts';

/** As many as the programs of `bench/peers` do. */
const STEPS = 40;
const ROUNDS = 60;
const WARM_UP = 15;

/**
 * Forty `set` steps in a row, each recorded before the next begins, beside forty single-row commits by plain `pg`, and
 * forty steps in DBOS Transact (on the same PostgreSQL) and in Restate (with its own store). The rounds alternate, so
 * that all see the same machine. Aim: 1.5 times the commits, never over 3, and a third of DBOS at the most.
 */
export async function durableSteps(stage: Stage): Promise<string[]> {
  await stage.sql.query(
    'CREATE TABLE IF NOT EXISTS bench_commits (id bigint PRIMARY KEY, data json NOT NULL)',
  );
  const workflow = await stage.call('POST', '/workflow-definitions', {
    name: 'bench-chain',
    steps: Array.from({ length: STEPS }, (_unused, index) => ({
      id: `s${index}`,
      uses: { builtin: 'set' },
      inputs: { n: index === 0 ? 0 : `\${{ steps.s${index - 1}.output.n + 1 }}` },
    })),
  });
  Peer.install();
  const restateFolder = await mkdtemp(join(tmpdir(), 'mcp-backend-restate-'));
  const dbos = await Peer.start('dbos.mjs', await stage.createDatabase('bench_dbos'));
  const restate = await Peer.start('restate.mjs', restateFolder);
  const times = {
    runs: [] as number[],
    commits: [] as number[],
    dbos: [] as number[],
    restate: [] as number[],
  };
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const measured = {
      runs: await stage.timedRun(workflow.id),
      commits: await timedCommits(stage, round),
      dbos: await dbos.round(),
      restate: await restate.round(),
    };
    if (round < WARM_UP) continue;
    for (const who of Object.keys(times) as (keyof typeof times)[]) times[who].push(measured[who]);
  }
  await Promise.all([dbos.stop(), restate.stop()]);
  await rm(restateFolder, { recursive: true, force: true });
  const ours = quantile(times.runs, 0.5);
  const beside = (who: keyof typeof times): number => quantile(times[who], 0.5);
  return [
    `${STEPS} single-row commits by pg   ${spread(times.commits, 'ms')}`,
    `${STEPS} durable steps in a row     ${spread(times.runs, 'ms')}`,
    `ratio to the commits        ${(ours / beside('commits')).toFixed(2)}  (aim 1.5, never over 3)`,
    `${STEPS} steps in DBOS Transact     ${spread(times.dbos, 'ms')}, ${(beside('dbos') / ours).toFixed(1)} times ours  (aim 3 or more)`,
    `${STEPS} steps in Restate           ${spread(times.restate, 'ms')}, ${(beside('restate') / ours).toFixed(1)} times ours`,
  ];
}

async function timedCommits(stage: Stage, round: number): Promise<number> {
  const started = performance.now();
  for (let step = 0; step < STEPS; step += 1) {
    await stage.sql.query({
      name: 'bench-commit',
      text: 'INSERT INTO bench_commits (id, data) VALUES ($1, $2)',
      values: [round * STEPS + step, `{"n":${step}}`],
    });
  }
  return performance.now() - started;
}
