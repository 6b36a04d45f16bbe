import { Pool } from 'pg';

import type { RunQueue } from '../../../src/engine/queue/run-queue';
import type { Checkpoint } from '../../../src/engine/store/checkpoint';
import { CheckpointWriter, LeaseLostError } from '../../../src/engine/store/checkpoint-writer';
import { Turn } from '../../../src/engine/worker/turn';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';
import { EPOCH, insertHeldRun, insertHeldWorkflow, OWNER } from './held-run';

/** Takes nothing out: there is no queue here. */
const NO_QUEUE = 'SELECT FROM gone';

/** Where no run ends or is parked, nothing may be asked of the queue. */
const strictQueue = new Proxy({} as RunQueue, {
  get: (_target, method) => {
    if (method === 'removeGoneSql') return NO_QUEUE;
    throw new Error(`No test expected the queue's ${String(method)}`);
  },
});

describe('CheckpointWriter', () => {
  let database: TestDatabase;
  let pool: Pool;
  let writer: CheckpointWriter;
  let told: string[];

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
    // As the engine does: a broken idle connection is replaced at its next use.
    pool.on('error', () => undefined);
    await insertHeldWorkflow(pool);
  });

  beforeEach(() => {
    told = [];
    writer = new CheckpointWriter(pool, strictQueue, {
      onCommitted: (runIds) => told.push(...runIds),
      onRunsReady: () => {
        throw new Error('No test expected that a run can be claimed at once');
      },
      onFamily: () => {
        throw new Error('No test expected that other runs change');
      },
    });
  });

  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const makeRun = (): Promise<string> => insertHeldRun(pool);

  /** Step `step` succeeded: two events. */
  function checkpoint(runId: string, baseSeq: number, step: string, epoch = EPOCH, output = '1'): Checkpoint {
    const turn = new Turn(runId, new Date());
    turn.unitEnded({ stepId: step }, 1, { status: 'succeeded', output });
    return turn.checkpoint({ runId, owner: OWNER, epoch }, baseSeq);
  }

  async function recorded(runId: string): Promise<{ seq: number; events: number[]; steps: string[] }> {
    // Not through the pool, whose connections a test breaks.
    const rows: { seq: number; events: number[]; steps: string[] }[] = await database.dataSource.query(
      `SELECT seq,
         ARRAY(SELECT e.seq FROM run_events e WHERE e.run_id = r.id ORDER BY 1) AS events,
         ARRAY(SELECT step_id FROM workflow_steps s WHERE s.run_id = r.id ORDER BY 1) AS steps
       FROM workflow_runs r WHERE id = $1`,
      [runId],
    );
    return rows[0] ?? { seq: NaN, events: [], steps: [] };
  }

  it('records the checkpoints of many runs, each whole and with its own numbering', async () => {
    const runs = await Promise.all(Array.from({ length: 30 }, makeRun));
    await Promise.all(runs.map((id) => writer.write(checkpoint(id, 0, 'a'))));
    await Promise.all(runs.map((id) => writer.write(checkpoint(id, 2, 'b'))));
    for (const id of runs) {
      expect(await recorded(id)).toEqual({ seq: 4, events: [1, 2, 3, 4], steps: ['a', 'b'] });
    }
    expect(told.toSorted()).toEqual([...runs, ...runs].toSorted());
  });

  it.each([
    ['another epoch', (id: string) => checkpoint(id, 0, 'a', EPOCH - 1)],
    ['an event number that is not the next', (id: string) => checkpoint(id, 1, 'a')],
  ])(
    'refuses a checkpoint under %s, writes nothing of it, and lets the others of its group through',
    async (_name, make) => {
      const [stale, healthy] = [await makeRun(), await makeRun()];
      const results = await Promise.allSettled([
        writer.write(make(stale)),
        writer.write(checkpoint(healthy, 0, 'a')),
      ]);
      expect(results[0]).toMatchObject({ status: 'rejected', reason: expect.any(LeaseLostError) as unknown });
      expect(results[1]).toMatchObject({ status: 'fulfilled' });
      expect(await recorded(stale)).toEqual({ seq: 0, events: [], steps: [] });
      expect(await recorded(healthy)).toMatchObject({ seq: 2 });
      expect(told).toEqual([healthy]);
    },
  );

  it('takes a checkpoint that is already recorded for done: its first answer was lost', async () => {
    const id = await makeRun();
    await writer.write(checkpoint(id, 0, 'a'));
    await writer.write(checkpoint(id, 0, 'a'));
    expect(await recorded(id)).toEqual({ seq: 2, events: [1, 2], steps: ['a'] });
  });

  it('keeps a checkpoint that PostgreSQL refuses from failing the others of its group', async () => {
    const [bad, good] = [await makeRun(), await makeRun()];
    const results = await Promise.allSettled([
      writer.write(checkpoint(bad, 0, 'a', EPOCH, 'no JSON')),
      writer.write(checkpoint(good, 0, 'a')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await recorded(good)).toMatchObject({ seq: 2 });
  });

  it.each<[what: string, change: string, until: Date | null, enqueued: unknown[][], ready: number]>([
    ['nothing but its time', 'signals = 1', new Date(0), [['run', new Date(0)]], 0],
    ['nothing but a signal', 'signals = 1', null, [], 0],
    ['a signal that has come unseen', 'signals = 2', null, [['run']], 1],
    ['its end, unseen', 'signals = 1, cancel_requested_at = now()', new Date(0), [['run']], 1],
  ])('lets go of a run that waits for %s', async (_what, change, until, enqueued, ready) => {
    const id = await makeRun();
    await pool.query(`UPDATE workflow_runs SET ${change} WHERE id = $1`, [id]);
    const asked: unknown[][] = [];
    let readyCount = 0;
    const queue = {
      removeGoneSql: NO_QUEUE,
      enqueue: (ids: readonly string[], _sql: unknown, ...startAfter: readonly Date[]) => {
        expect(ids).toEqual([id]);
        asked.push(['run', ...startAfter]);
        return Promise.resolve();
      },
    } as unknown as RunQueue;
    const parking = new CheckpointWriter(pool, queue, {
      onCommitted: () => undefined,
      onRunsReady: () => {
        readyCount += 1;
      },
      onFamily: () => undefined,
    });
    const turn = new Turn(id, new Date());
    turn.park(until, 1);
    await parking.write(turn.checkpoint({ runId: id, owner: OWNER, epoch: EPOCH }, 0));
    expect(asked).toEqual(enqueued);
    expect(readyCount).toBe(ready);
    const { rows } = await pool.query('SELECT status, owner FROM workflow_runs WHERE id = $1', [id]);
    expect(rows).toEqual([{ status: 'waiting', owner: null }]);
  });

  it('tries again while PostgreSQL breaks its connections, and writes once', async () => {
    const id = await makeRun();
    for (let seq = 0; seq < 20; seq += 2) {
      const written = writer.write(checkpoint(id, seq, `s${seq}`));
      await database.dataSource.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ILIKE '%WITH fenced AS%'`,
      );
      await written;
    }
    const { seq, events } = await recorded(id);
    expect(seq).toBe(20);
    expect(events).toHaveLength(20);
  });
});
