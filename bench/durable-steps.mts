import type { Stage } from './support/stage.mts';
import { quantile, spread } from './support/statistics.mts';

const STEPS = 40;
const ROUNDS = 60;
const WARM_UP = 15;

/**
 * Forty `set` steps in a row, each recorded before the next begins, beside forty single-row commits by plain `pg`.
 * The rounds alternate, so that both see the same machine. Aim: 1.5 times the commits; never over 3.
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
  const runs: number[] = [];
  const commits: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const run = await stage.timedRun(workflow.id);
    const floor = await timedCommits(stage, round);
    if (round < WARM_UP) continue;
    runs.push(run);
    commits.push(floor);
  }
  const ratio = quantile(runs, 0.5) / quantile(commits, 0.5);
  return [
    `${STEPS} single-row commits by pg   ${spread(commits, 'ms')}`,
    `${STEPS} durable steps in a row     ${spread(runs, 'ms')}`,
    `ratio                       ${ratio.toFixed(2)}  (aim 1.5, never over 3)`,
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
