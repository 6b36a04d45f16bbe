import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from '../support/eventually';
import type { Run } from '../support/run-client';
import { Dice } from './dice';
import { FaultInjector } from './faults';
import { Ledger } from './ledger';
import { type ModelWorkflow, workflowsOf } from './model';
import { randomWorkflow } from './random-workflow';
import { shownResult, simulate } from './simulate';
import { Stage } from './stage';
import { toDefinition } from './to-definition';
import { findViolations } from './verify';

/** Set CHAOS_SEED to draw the same workflows and faults; when they meet is chance all the same. */
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);
/** How long processes are harmed. By hand: `CHAOS_SECONDS=1800 npm run test:chaos`. */
const SECONDS = Number(process.env['CHAOS_SECONDS'] ?? 45);
/** A slow machine gets longer, until everything has been done to it once. */
const MOST_SECONDS = SECONDS + 120;
const WORKFLOWS = 12;
const DEPTH = 4;
/** Between two starts, milliseconds. */
const START_EVERY_MS = 120;
/** What runs get to end in once nothing is harmed any more. */
const CALM_MS = 120_000;

interface Started {
  readonly id: string;
  readonly workflow: ModelWorkflow;
}

jest.setTimeout(MOST_SECONDS * 1000 + CALM_MS + 180_000);

describe(`runs while everything is harmed, CHAOS_SEED=${SEED}`, () => {
  const dice = new Dice(SEED);
  const ledger = new Ledger();
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(async () => {
    await stage.close();
    ledger.stop();
  });

  it('all end as they must, with every outcome recorded once and no effect unaccounted for', async () => {
    const workflows = await define();
    const faults = new FaultInjector(stage, new Dice(SEED + 1));
    const started = await startRuns(workflows, faults);
    await faults.stop();
    await calm();

    const counts = [...faults.counts].map(([name, count]) => `${count} × ${name}`);
    const [total] = await stage.query<{ runs: number; steps: number; lost: number }>(
      `SELECT (SELECT count(*) FROM workflow_runs)::int AS runs, count(*)::int AS steps,
         count(*) FILTER (WHERE error::jsonb->>'code' = 'WORKER_LOST')::int AS lost FROM workflow_steps`,
    );
    process.stdout.write(
      `chaos: CHAOS_SEED=${SEED}, ${started.length} runs started, ${total?.runs} with those nested in them, ` +
        `${total?.steps} attempts, ${total?.lost} of them lost; ${counts.join(', ')}\n`,
    );
    expect(await findViolations(stage, ledger)).toEqual([]);
    expect(await findSurprises(started)).toEqual([]);
    expect(faults.isComplete).toBe(true);
  });

  async function define(): Promise<Map<ModelWorkflow, string>> {
    const component = await stage.rest.post<{ id: string }>('/mcp-definitions', {
      name: 'ledger',
      mcp_type: 'http_request',
      config: { type: 'http_request', url: await ledger.start() },
    });
    const ids = new Map<string, string>();
    const outermost = Array.from({ length: WORKFLOWS }, (_none, index) =>
      randomWorkflow(dice, `w${index}`, DEPTH),
    );
    for (const workflow of outermost.flatMap(workflowsOf)) {
      const body = {
        name: workflow.name,
        ...toDefinition(workflow, { ledger: component.body.id, workflows: ids }),
      };
      const answer = await stage.rest.post<{ id: string }>('/workflow-definitions', body);
      if (answer.status !== 201) throw new Error(`${answer.status}: ${JSON.stringify([body, answer.body])}`);
      ids.set(workflow.name, answer.body.id);
    }
    return new Map(outermost.map((workflow) => [workflow, ids.get(workflow.name) ?? '']));
  }

  /** A caller that asks until it is answered, each time under the same Idempotency-Key. */
  async function startRuns(
    workflows: ReadonlyMap<ModelWorkflow, string>,
    faults: FaultInjector,
  ): Promise<Started[]> {
    const [first, ...others] = workflows;
    if (first === undefined) throw new Error('There are no workflows');
    const calls: Promise<Started>[] = [];
    const begun = Date.now();
    const lasts = (seconds: number): boolean => Date.now() - begun < seconds * 1000;
    while (lasts(SECONDS) || (lasts(MOST_SECONDS) && !faults.isComplete)) {
      const [workflow, id] = dice.pick([first, ...others]);
      const key = `start-${calls.length}`;
      calls.push(
        eventually(
          async () => {
            const headers = { 'idempotency-key': key };
            const body = { workflow_definition_id: id };
            const answer = await stage.rest.send<Run>('POST', '/workflow-runs', body, headers);
            return answer.status === 201 ? { id: answer.body.id, workflow } : null;
          },
          MOST_SECONDS * 1000 + CALM_MS,
          250,
        ),
      );
      await sleep(START_EVERY_MS);
    }
    return Promise.all(calls);
  }

  /** Waits until no run is open, or says which are. */
  async function calm(): Promise<void> {
    await eventually(
      async () => {
        const open = await stage.query('SELECT id FROM workflow_runs WHERE ended_at IS NULL LIMIT 1');
        const queued = await stage.query("SELECT id FROM pgboss.job WHERE name = 'workflow-runs' LIMIT 1");
        return open.length + queued.length === 0;
      },
      CALM_MS,
      250,
    ).catch(() => undefined);
  }

  /** The runs whose outcome is not what the simulator says. */
  async function findSurprises(started: readonly Started[]): Promise<string[]> {
    expect(new Set(started.map(({ id }) => id)).size).toBe(started.length);
    const rows = await stage.query<{ id: string; status: string; result: unknown; error: unknown }>(
      'SELECT id, status, result, error FROM workflow_runs WHERE id = ANY($1)',
      [started.map(({ id }) => id)],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return started.flatMap(({ id, workflow }) => {
      const run = byId.get(id);
      const expected = simulate(workflow);
      const wanted = JSON.stringify([
        expected.status,
        expected.status === 'failed' ? null : shownResult(expected),
      ]);
      const got = JSON.stringify([run?.status, run?.result ?? null]);
      return got === wanted
        ? []
        : [`${id} of ${workflow.name}: ${got}, not ${wanted}: ${JSON.stringify(run?.error)}`];
    });
  }
});
