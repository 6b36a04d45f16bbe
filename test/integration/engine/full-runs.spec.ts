import { readFile } from 'node:fs/promises';
import { v7 as uuidv7 } from 'uuid';

import { inTransaction, type SqlExecutor } from '../../../src/database/sql-executor';
import { MAX_RUN_OUTPUT_BYTES } from '../../../src/engine/core/held-outputs';
import type { JsonObject } from '../../../src/engine/core/json';
import { MAX_OUTPUT_BYTES } from '../../../src/engine/core/output-size';
import type { EngineRuntime } from '../../../src/engine/engine-runtime';
import { REACHED_NOBODY } from '../../../src/engine/store/cancel-store';
import { eventually } from '../../support/eventually';
import { EngineBench, expectWellFormed } from './engine-bench';

/** Steps that have given the most that a step may give, in letters of two bytes; a little less is all that a run may hold. */
const STEPS = MAX_RUN_OUTPUT_BYTES / MAX_OUTPUT_BYTES;
const INSERT_OUTPUTS = `
INSERT INTO workflow_steps (run_id, step_id, item, attempt, status, inputs, output, started_at, ended_at)
SELECT $1, 's' || n, -1, 1, 'succeeded', '{}', to_json(repeat('é', $3)), now(), now() FROM generate_series(1, $2) AS n`;

describe('a run that holds as much as it may', () => {
  let bench: EngineBench;
  let runtime: EngineRuntime;
  const called: string[] = [];

  beforeAll(async () => {
    bench = await EngineBench.create({
      gives: ({ stepId, inputs }) => {
        called.push(stepId);
        return 'x'.repeat((inputs as { bytes: number }).bytes - 2);
      },
    });
    runtime = await bench.startWorker();
  });

  afterAll(() => bench.close());

  /** A run as a worker left it that died after so many large steps, each with so many bytes. */
  function takenOver(count: number, bytes: number, spec: JsonObject): Promise<string> {
    const large = Array.from({ length: count }, (_none, at) => gives(`s${at + 1}`, bytes));
    const steps = [...large, ...(spec['steps'] as JsonObject[])];
    return bench.startRun({ ...spec, steps }, {}, async (sql, id) => {
      await sql.query("UPDATE workflow_runs SET status = 'running', started_at = now() WHERE id = $1", [id]);
      await record(sql, id, count, bytes);
    });
  }

  it('counts what it restores to the byte: one more finds room or not, and what follows a failure does', async () => {
    const id = await takenOver(STEPS - 1, MAX_OUTPUT_BYTES, {
      steps: [
        gives('rest', MAX_OUTPUT_BYTES - 10),
        { ...gives('fits', 10), needs: ['rest'] },
        { ...gives('one', 2), needs: ['fits'], retry: { max_attempts: 3 } },
      ],
      on_failure: [gives('alert', 1_000)],
    });
    expect(await bench.ended(id)).toMatchObject({
      status: 'failed',
      error: {
        code: 'OUTPUT_TOO_LARGE',
        message: `The output has 2 bytes of JSON; the run holds ${MAX_RUN_OUTPUT_BYTES} in outputs, of ${MAX_RUN_OUTPUT_BYTES} that are allowed`,
        step_id: 'one',
      },
    });
    expect(called.splice(0)).toEqual(['rest', 'fits', 'one', 'alert']);
    const after = (await bench.attempts(id)).filter(({ step_id }) => !step_id.startsWith('s'));
    expect(after.map(({ step_id, attempt, status }) => `${step_id} ${attempt} ${status}`)).toEqual([
      'alert 1 succeeded',
      'fits 1 succeeded',
      'one 1 failed',
      'rest 1 succeeded',
    ]);
  });

  it('goes on where it held more before there was a bound, as far as that goes without new outputs', async () => {
    const id = await takenOver(STEPS + 1, MAX_OUTPUT_BYTES, {
      steps: [
        { id: 'none', uses: { tool: 'gives' }, needs: ['s1'], when: 'false' },
        { ...gives('more', 10), needs: ['s1'], on_error: 'continue' },
        {
          ...gives('still', 10),
          needs: ['more'],
          needs_policy: 'all_done',
          when: 'size(steps.s1.output) < 0',
        },
      ],
      result: '${{ [steps.none.status, steps.more.error.code, steps.still.status, size(steps.s1.output)] }}',
    });
    expect(await bench.ended(id)).toMatchObject({
      status: 'succeeded',
      result: ['skipped', 'OUTPUT_TOO_LARGE', 'skipped', MAX_OUTPUT_BYTES / 2 - 1],
    });
    expect(called.splice(0)).toEqual(['more']);
    expectWellFormed(await bench.events(id));
  });

  it('counts what a rerun takes over from another run', async () => {
    const ended = await takenOver(STEPS, MAX_OUTPUT_BYTES, {
      steps: [{ ...gives('last', 10), needs: ['s1'] }],
    });
    expect(await bench.ended(ended)).toMatchObject({ status: 'failed', error: { step_id: 'last' } });
    called.splice(0);
    const id = uuidv7();
    await inTransaction(bench.pool, async (sql) => {
      const [subject] = await sql.query<{ workflowVersionId: string }>(
        'SELECT workflow_version_id AS "workflowVersionId" FROM workflow_runs WHERE id = $1',
        [ended],
      );
      const plan = await runtime.intake.plan({
        workflowVersionId: subject?.workflowVersionId ?? '',
        mcpDefinitionId: null,
        tool: null,
      });
      const rerun = { id, createdAt: new Date(), rerunOf: ended, plan, fromStep: 'last' };
      expect(await runtime.intake.rerun(sql, rerun)).toMatchObject({ kind: 'created' });
    });
    runtime.intake.announce(REACHED_NOBODY);
    expect(await bench.ended(id)).toMatchObject({
      status: 'failed',
      error: { code: 'OUTPUT_TOO_LARGE', step_id: 'last' },
    });
    expect(called.splice(0)).toEqual(['last']);
  });

  it('is found by the statements that the guide for operators has', async () => {
    const id = await takenOver(2, MAX_OUTPUT_BYTES, {
      steps: [{ id: 'hold', uses: { builtin: 'signal' } }],
    });
    await eventually(async () => (await bench.run(id)).status === 'waiting');
    const guide = await readFile('docs/operations.md', 'utf8');
    const [byOutputs = '', byEpoch = '', ...more] = [...guide.matchAll(/```sql\n(.+?)```/gs)].map(
      ([, statement]) => statement,
    );
    expect(more).toEqual([]);
    expect(await bench.query(byOutputs)).toMatchObject([
      { run_id: id, status: 'waiting', outputs: '8192 kB' },
    ]);
    await bench.query("UPDATE workflow_runs SET status = 'running' WHERE id = $1", [id]);
    expect(await bench.query(byEpoch)).toMatchObject([{ id, owner: null, epoch: 1, seq: 4 }]);
    const cancelled = await inTransaction(bench.pool, (sql) => runtime.intake.cancel(sql, id, new Date()));
    expect(cancelled).toMatchObject({ outcome: 'cancelled' });
  });
});

function gives(id: string, bytes: number): JsonObject {
  return { id, uses: { tool: 'gives' }, inputs: { bytes } };
}

/** Records the outputs of steps that have ended. */
async function record(sql: SqlExecutor, runId: string, count: number, bytes: number): Promise<void> {
  await sql.query(INSERT_OUTPUTS, [runId, count, (bytes - 2) / 2]);
}
