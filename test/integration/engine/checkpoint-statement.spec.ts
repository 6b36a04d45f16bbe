import { Client } from 'pg';

import { connectionOptions } from '../../../src/database/postgres-connection';
import {
  type Checkpoint,
  NO_ITEM,
  type RunEventRow,
  type StepRow,
} from '../../../src/engine/store/checkpoint';
import { type AcceptedRow, CheckpointStatements } from '../../../src/engine/store/checkpoint-statement';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';
import { EPOCH, insertHeldRun, insertHeldWorkflow, OWNER } from './held-run';

const AT = new Date('2026-11-26T08:00:00.123Z');

/** With what must be escaped on its way, and with nothing. */
const TEXT = JSON.stringify({ text: 'a "quoted" \\ {word}, NULL\n', nothing: null });

function step(index: number): StepRow {
  const isOpen = index % 2 === 1;
  return {
    stepId: `s${index}`,
    item: index === 0 ? NO_ITEM : index,
    attempt: 1,
    status: isOpen ? 'running' : 'succeeded',
    inputs: TEXT,
    output: isOpen ? null : TEXT,
    error: isOpen ? null : '{"code":"NULL"}',
    wakeAt: isOpen ? AT : null,
    startedAt: AT,
    endedAt: isOpen ? null : AT,
    usage: isOpen
      ? null
      : {
          provider: 'openai',
          model: 'm',
          inputTokens: 1,
          outputTokens: 2,
          cost: { amount: 1, currency: 'USD' },
        },
  };
}

const event = (index: number): RunEventRow => ({ type: 'log', data: `[${index},${TEXT}]`, at: AT });

describe('the statements that record checkpoints', () => {
  const statements = new CheckpointStatements('DELETE FROM waiting WHERE id IN (SELECT id FROM gone)');
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client(connectionOptions(database.url));
    await client.connect();
    await insertHeldWorkflow(client);
    // Stands in for the queue.
    await client.query('CREATE TABLE waiting (id uuid PRIMARY KEY)');
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  async function makeRun(): Promise<string> {
    const id = await insertHeldRun(client);
    await client.query('INSERT INTO waiting VALUES ($1)', [id]);
    return id;
  }

  function checkpoint(
    runId: string,
    steps: number,
    events: number,
    change: Partial<Checkpoint> = {},
  ): Checkpoint {
    return {
      lease: { runId, owner: OWNER, epoch: EPOCH },
      baseSeq: 0,
      steps: Array.from({ length: steps }, (_none, index) => step(index)),
      events: Array.from({ length: events }, (_none, index) => event(index)),
      run: {},
      claim: { kind: 'keep' },
      ...change,
    };
  }

  async function record(group: readonly Checkpoint[]): Promise<AcceptedRow[]> {
    const { name, text, values } = statements.of(group);
    return (await client.query<AcceptedRow>({ name, text, values: [...values] })).rows;
  }

  /** All that is stored of a run but its ids and the time of the test. */
  async function stored(runId: string): Promise<unknown> {
    const { rows } = await client.query<{ stored: unknown }>(
      `SELECT json_build_object(
         'run', to_jsonb(r) - '{id,created_at,updated_at}'::text[],
         'steps', (SELECT json_agg(to_jsonb(s) - 'run_id' ORDER BY step_id) FROM workflow_steps s WHERE run_id = r.id),
         'events', (SELECT json_agg(to_jsonb(e) - 'run_id' ORDER BY seq) FROM run_events e WHERE run_id = r.id),
         'waits', EXISTS (SELECT FROM waiting w WHERE w.id = r.id)) AS stored
       FROM workflow_runs r WHERE id = $1`,
      [runId],
    );
    return rows[0]?.stored;
  }

  it.each([
    [0, 1],
    [1, 0],
    [1, 3],
    [3, 8],
    [4, 8],
    [3, 9],
    [30, 90],
  ])('record %d steps and %d events of a run, alone and among others', async (steps, events) => {
    const [alone, first, second] = [await makeRun(), await makeRun(), await makeRun()];
    await record([checkpoint(alone, steps, events)]);
    await record([checkpoint(first, steps, events), checkpoint(second, 0, 1)]);
    const seen = await stored(alone);
    expect(seen).toMatchObject({ run: { seq: events, owner: OWNER, status: 'running' }, waits: true });
    expect(await stored(first)).toEqual(seen);
    const counts = await client.query<{ steps: number; events: number }>(
      `SELECT (SELECT count(*) FROM workflow_steps WHERE run_id = $1)::int AS steps,
         (SELECT count(*) FROM run_events WHERE run_id = $1)::int AS events`,
      [alone],
    );
    expect(counts.rows).toEqual([{ steps, events }]);
  });

  it('keep the values as they were given', async () => {
    const run = await makeRun();
    await record([checkpoint(run, 2, 1)]);
    const at = AT.toISOString().replace('Z', '+00:00');
    const value = JSON.parse(TEXT) as unknown;
    expect(await stored(run)).toMatchObject({
      steps: [
        {
          ...{ step_id: 's0', item: NO_ITEM, attempt: 1, status: 'succeeded', inputs: value, output: value },
          ...{ error: { code: 'NULL' }, wake_at: null, started_at: at, ended_at: at },
          usage: { provider: 'openai', model: 'm', input_tokens: 1, output_tokens: 2, total_tokens: 3 },
        },
        { step_id: 's1', item: 1, status: 'running', output: null, error: null, wake_at: at, ended_at: null },
      ],
      events: [{ seq: 1, type: 'log', data: [0, value], at }],
    });
  });

  it('end a run, alone and among others, and take only what has ended out of the queue', async () => {
    const [alone, first, second] = [await makeRun(), await makeRun(), await makeRun()];
    const end: Partial<Checkpoint> = {
      run: { status: 'succeeded', result: TEXT, endedAt: AT },
      claim: { kind: 'end' },
    };
    await record([checkpoint(alone, 1, 2, end)]);
    await record([checkpoint(first, 1, 2, end), checkpoint(second, 1, 2)]);
    const seen = await stored(alone);
    expect(seen).toMatchObject({ run: { status: 'succeeded', owner: null }, waits: false });
    expect(await stored(first)).toEqual(seen);
    expect(await stored(second)).toMatchObject({ run: { status: 'running', owner: OWNER }, waits: true });
  });

  it('let nothing through of a run whose lease is gone, and leave it in the queue', async () => {
    const run = await makeRun();
    const lease = { runId: run, owner: OWNER, epoch: EPOCH - 1 };
    const end: Partial<Checkpoint> = {
      lease,
      run: { status: 'failed', endedAt: AT },
      claim: { kind: 'end' },
    };
    expect(await record([checkpoint(run, 1, 2, end)])).toEqual([]);
    expect(await stored(run)).toMatchObject({
      run: { status: 'running', seq: 0 },
      steps: null,
      events: null,
      waits: true,
    });
  });
});
