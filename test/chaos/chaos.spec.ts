import { setTimeout as sleep } from 'node:timers/promises';

import { eventually, PATIENCE_MS } from '../support/eventually';
import type { Run } from '../support/run-client';
import { type CrashLoops, findCrashLoops } from './crash-loops';
import { Dice } from './dice';
import { EFFORT } from './effort';
import { FaultInjector } from './faults';
import { Ledger } from './ledger';
import { depthOf, type ModelWorkflow, workflowsOf } from './model';
import { surprisesOf } from './outcomes';
import { randomWorkflow } from './random-workflow';
import { recordedRuns } from './recorded-runs';
import { Stage } from './stage';
import { toDefinition } from './to-definition';
import { findViolations } from './verify';
import { writeAudit } from './write-audit';

/** Set CHAOS_SEED to draw the same workflows and faults; when they meet is chance all the same. */
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);
/** A slow machine gets longer, until everything has been done to it once. */
const MOST_SECONDS = EFFORT.seconds + 600;
const DEPTH = 4;
/** Once nothing is harmed any more, runs get on. Nothing happened in any of them for so long: something hangs. */
const STANDSTILL_MS = PATIENCE_MS;

const OPEN = `
SELECT (count(*) FILTER (WHERE ended_at IS NULL) + (SELECT count(*) FROM pgboss.job WHERE name = 'workflow-runs'))::int
  AS open, sum(seq)::int AS events FROM workflow_runs`;

// There for what hangs, and told sooner by the above.
jest.setTimeout(MOST_SECONDS * 5_000 + 600_000);

describe(`runs while everything is harmed, CHAOS_SEED=${SEED}`, () => {
  const dice = new Dice(SEED);
  const ledger = new Ledger();
  /** Every workflow there is, by its id. */
  const workflows = new Map<string, ModelWorkflow>();
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open((opened) => writeAudit.install(opened));
  });

  afterAll(async () => {
    await stage.close();
    ledger.stop();
  });

  it('all end as they must, with every outcome recorded once and no effect unaccounted for', async () => {
    const outermost = await define();
    const begun = Date.now();
    const faults = new FaultInjector(stage, new Dice(SEED + 1));
    const started = await startRuns(outermost, faults);
    await faults.stop();
    const harmedMs = Date.now() - begun;
    await calm();

    const loops = await findCrashLoops(stage);
    const runs = await report(started, faults, harmedMs, loops);
    const surprises = await findSurprises(loops);
    expect(await findViolations(stage, ledger)).toEqual([]);
    expect(surprises).toEqual([]);
    expect(loops.ended.size / runs).toBeLessThanOrEqual(EFFORT.crashLoops);
    expect(await findUnknown(started)).toEqual([]);
    expect(started).not.toEqual([]);
    expect(ledger.accounts.size).toBeGreaterThan(0);
    expect(faults.isComplete).toBe(true);
  });

  /** Gives the ids of the workflows that are started. */
  async function define(): Promise<string[]> {
    const component = await stage.rest.post<{ id: string }>('/mcp-definitions', {
      name: 'ledger',
      mcp_type: 'http_request',
      config: { type: 'http_request', url: await ledger.start() },
    });
    const outermost = Array.from({ length: EFFORT.workflows }, (_none, index) =>
      randomWorkflow(dice, `w${index}`, DEPTH, index === 0),
    );
    expect(Math.max(...outermost.map(depthOf))).toBe(DEPTH);
    const ids = new Map<string, string>();
    for (const workflow of outermost.flatMap(workflowsOf)) {
      const body = {
        name: workflow.name,
        ...toDefinition(workflow, { ledger: component.body.id, workflows: ids }),
      };
      const answer = await stage.rest.post<{ id: string }>('/workflow-definitions', body);
      if (answer.status !== 201) throw new Error(`${answer.status}: ${JSON.stringify([body, answer.body])}`);
      ids.set(workflow.name, answer.body.id);
      workflows.set(answer.body.id, workflow);
    }
    return outermost.map(({ name }) => ids.get(name) ?? '');
  }

  /** Gives the runs that were acknowledged: each by a caller that asks until it is answered, under one Idempotency-Key. */
  async function startRuns(outermost: readonly string[], faults: FaultInjector): Promise<string[]> {
    const [first = '', ...others] = outermost;
    const calls: Promise<string>[] = [];
    const begun = Date.now();
    const lasts = (seconds: number): boolean => Date.now() - begun < seconds * 1000;
    while (lasts(EFFORT.seconds) || (lasts(MOST_SECONDS) && !faults.isComplete)) {
      await sleep(EFFORT.startEveryMs);
      if ((await countOpen()) > EFFORT.mostOpen) continue;
      const body = { workflow_definition_id: dice.pick([first, ...others]) };
      const headers = { 'idempotency-key': `start-${calls.length}` };
      const call = async (): Promise<string | null> => {
        const answer = await stage.rest.send<Run>('POST', '/workflow-runs', body, headers);
        return answer.status === 201 ? answer.body.id : null;
      };
      calls.push(eventually(call, MOST_SECONDS * 2_000, 250));
    }
    return Promise.all(calls);
  }

  /** While PostgreSQL does not answer, callers go on asking for more. */
  async function countOpen(): Promise<number> {
    const rows = await stage
      .query<{ open: number }>('SELECT count(*)::int AS open FROM workflow_runs WHERE ended_at IS NULL')
      .catch(() => []);
    return rows[0]?.open ?? 0;
  }

  /** Waits until no run is open, or nothing happens any more: {@link findViolations} tells which still are. */
  async function calm(): Promise<void> {
    let last = '';
    let lastChange = Date.now();
    while (Date.now() - lastChange < STANDSTILL_MS) {
      const [now] = await stage.query<{ open: number; events: number }>(OPEN);
      if (now?.open === 0) return;
      const told = JSON.stringify(now);
      if (told !== last) lastChange = Date.now();
      last = told;
      await sleep(250);
    }
  }

  /** Where runs did not become what the simulator says. It knows nothing of crash loops: that is promised, too. */
  async function findSurprises({ ended, above }: CrashLoops): Promise<string[]> {
    const found: string[] = [];
    for await (const run of recordedRuns(stage)) {
      if (ended.has(run.id) || above.has(run.id)) continue;
      const workflow = workflows.get(run.workflowId);
      const surprises = workflow === undefined ? [`${run.id} is of no workflow`] : surprisesOf(run, workflow);
      if (surprises.length > 0) found.push(...surprises, ...stage.warningsOf(run.id));
    }
    return found;
  }

  /** Acknowledged runs that there are not, or that several callers were given. */
  async function findUnknown(started: readonly string[]): Promise<string[]> {
    const rows = await stage.query<{ id: string }>(
      'SELECT id FROM workflow_runs WHERE parent_run_id IS NULL',
    );
    const known = new Set(rows.map(({ id }) => id));
    return started.filter((id) => !known.delete(id));
  }

  /** Gives how many runs there were. */
  async function report(
    started: readonly string[],
    faults: FaultInjector,
    harmedMs: number,
    { ended, above }: CrashLoops,
  ): Promise<number> {
    const [total] = await stage.query<{ runs: number; steps: number; lost: number }>(
      `SELECT (SELECT count(*) FROM workflow_runs)::int AS runs, count(*)::int AS steps,
         count(*) FILTER (WHERE error::jsonb->>'code' = 'WORKER_LOST')::int AS lost FROM workflow_steps`,
    );
    const accounts = [...ledger.accounts.values()];
    const effects = accounts.reduce((sum, { fences }) => sum + fences.length, 0);
    const refused = accounts.reduce((sum, { refused: fences }) => sum + fences.length, 0);
    const refusedRuns = stage.countLogged('The lease on run');
    process.stdout.write(
      [
        `chaos: CHAOS_SEED=${SEED}, harm for ${(harmedMs / 1000).toFixed(0)} s`,
        `  ${workflows.size} workflows, ${DEPTH} deep below the outermost`,
        `  ${started.length} runs acknowledged, ${total?.runs} with those nested in them`,
        `  ${total?.steps} attempts, ${total?.lost} of them lost with their worker`,
        `  ${ended.size} runs ended by the guard against crash loops, ${above.size} above them`,
        `  ${effects} effects under ${accounts.length} keys, ${refused} refused for an old fence`,
        `  ${await writeAudit.count(stage)} writes under a lease; ${refusedRuns} times a worker found the lease of a run gone`,
        ...[...faults.counts].map(([name, count]) => `  ${count} × ${name}`),
        '',
      ].join('\n'),
    );
    return total?.runs ?? 0;
  }
});
