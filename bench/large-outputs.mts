import type { Stage } from './support/stage.mts';
import { quantile, spread } from './support/statistics.mts';

const SIZES = [4_000, 16_000, 100_000, 1_000_000];
const ROUNDS = 30;
const WARM_UP = 5;
const LISTED = 100;
const LIST_BYTES = 100_000;

/**
 * What a step's output costs by its size, stored as it is (ours) beside compressed (PostgreSQL's default); and the
 * list of runs beside one that sends parameters and results as well. The rounds alternate, so that both see the
 * same machine. docs/adr/0007-large-outputs.md draws the conclusions.
 */
export async function largeOutputs(stage: Stage): Promise<string[]> {
  const lines: string[] = [];
  for (const kind of ['EXTERNAL', 'EXTENDED']) {
    await stage.sql.query(`DROP TABLE IF EXISTS bench_${kind}`);
    await stage.sql.query(`CREATE TABLE bench_${kind} (LIKE workflow_steps INCLUDING ALL)`);
    await stage.sql.query(`ALTER TABLE bench_${kind} ALTER output SET STORAGE ${kind}`);
  }
  for (const size of SIZES) {
    const asItIs: number[] = [];
    const compressed: number[] = [];
    for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
      const output = documentOf(size);
      const [ours, theirs] = [
        await timedWrite(stage, 'EXTERNAL', round, output),
        await timedWrite(stage, 'EXTENDED', round, output),
      ];
      if (round < WARM_UP) continue;
      asItIs.push(ours);
      compressed.push(theirs);
    }
    await stage.sql.query('TRUNCATE bench_EXTERNAL, bench_EXTENDED');
    const ratio = quantile(compressed, 0.5) / quantile(asItIs, 0.5);
    lines.push(
      `output of ${size} B, as it is     ${spread(asItIs, 'ms')}`,
      `output of ${size} B, compressed   ${spread(compressed, 'ms')}  ${ratio.toFixed(2)} times`,
    );
  }
  return [...lines, ...(await lists(stage))];
}

async function timedWrite(stage: Stage, kind: string, round: number, output: string): Promise<number> {
  const started = performance.now();
  await stage.sql.query({
    name: `bench-output-${kind}`,
    text: `INSERT INTO bench_${kind} (run_id, step_id, item, attempt, status, output)
           VALUES (gen_random_uuid(), 's', $1, 1, 'succeeded', $2)`,
    values: [round, output],
  });
  return performance.now() - started;
}

/** The list over HTTP, beside the documents that it leaves out, read and sent by themselves. */
async function lists(stage: Stage): Promise<string[]> {
  const workflow = await stage.call('POST', '/workflow-definitions', {
    name: 'bench-large-outputs',
    steps: [{ id: 'a', uses: { builtin: 'set' } }],
  });
  await stage.sql.query(
    `INSERT INTO workflow_runs (id, workflow_definition_id, workflow_version_id, status, parameters, pins, result, ended_at)
     SELECT gen_random_uuid(), d.id, d.latest_version_id, 'succeeded', '{}', '{}', $2, now()
     FROM workflow_definitions d, generate_series(1, ${LISTED}) WHERE d.id = $1`,
    [workflow.id, documentOf(LIST_BYTES)],
  );
  const listed: number[] = [];
  const documents: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const started = performance.now();
    await stage.call('GET', `/workflow-runs?limit=${LISTED}&workflow_definition_id=${workflow.id}`);
    const between = performance.now();
    const { rows } = await stage.sql.query<{ result: unknown }>(
      'SELECT parameters, result FROM workflow_runs WHERE workflow_definition_id = $1',
      [workflow.id],
    );
    JSON.stringify(rows);
    if (round < WARM_UP) continue;
    listed.push(between - started);
    documents.push(performance.now() - between);
  }
  return [
    `GET ${LISTED} runs with results of ${LIST_BYTES} B   ${spread(listed, 'ms')}`,
    `reading these results besides       ${spread(documents, 'ms')}`,
  ];
}

/** Rows as a query or an API gives them: digits, names and times, which compress to about 0.43. */
function documentOf(bytes: number): string {
  const rows: object[] = [];
  for (let size = 0; size < bytes;) {
    const row = {
      id: Math.floor(Math.random() * 1e9),
      customer: `customer-${Math.floor(Math.random() * 1e6)}`,
      total: Math.round(Math.random() * 1e5) / 100,
      at: new Date(1.7e12 + Math.random() * 1e10).toISOString(),
      note: `paid ${Math.random().toString(36)}`,
    };
    rows.push(row);
    size += JSON.stringify(row).length + 1;
  }
  return JSON.stringify({ rows });
}
