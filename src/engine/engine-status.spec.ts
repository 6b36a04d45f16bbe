import type { SqlExecutor } from '../database/sql-executor';
import { EngineStatus } from './engine-status';
import type { RunQueue } from './queue/run-queue';

/** Asked for nothing: the queue that is given answers. */
const sql: SqlExecutor = { query: () => Promise.reject(new Error('Nobody should ask')) };

function statusWith(isThere: boolean, lease: { workerId: string | null } | null): EngineStatus {
  return new EngineStatus(
    sql,
    { exists: () => Promise.resolve(isThere) } as Partial<RunQueue> as RunQueue,
    lease,
  );
}

describe('what keeps a process from taking part in the engine', () => {
  it.each([
    ['nothing, in a worker with a lease', true, { workerId: 'w' }, null],
    ['nothing, in a process that drives no runs', true, null, null],
    ['a worker without a lease', true, { workerId: null }, /no lease/],
    ['a queue that is gone', false, { workerId: 'w' }, /queue of runs is not in the database/],
  ])('%s', async (_name, isThere, lease, expected) => {
    const fault = await statusWith(isThere, lease).findFault(sql);
    if (expected === null) expect(fault).toBeNull();
    else expect(fault).toMatch(expected);
  });
});
