import { type HealthReading, judgeHealth } from './judge-health';

const WELL: HealthReading = {
  workersAlive: 1,
  oldestQueuedSeconds: null,
  databaseLatencyMs: 1,
  poolWaiting: 0,
  eventLoopDelayP99Ms: 5,
};

describe('judgeHealth', () => {
  it('is healthy, without problems, when all is well', () => {
    expect(judgeHealth(WELL)).toEqual({ status: 'healthy', problems: [] });
  });

  it.each<[string, Partial<HealthReading>, RegExp]>([
    ['no worker is alive', { workersAlive: 0 }, /No worker/],
    ['a run waits too long for a worker', { oldestQueuedSeconds: 31 }, /31 s/],
    ['the database is slow', { databaseLatencyMs: 251 }, /251 ms/],
    ['requests wait for a connection', { poolWaiting: 3 }, /3 requests/],
    ['the event loop is late', { eventLoopDelayP99Ms: 201 }, /201 ms/],
  ])('is degraded and says why when %s', (_case, change, problem) => {
    const { status, problems } = judgeHealth({ ...WELL, ...change });
    expect([status, problems]).toEqual(['degraded', [expect.stringMatching(problem)]]);
  });

  it('tells all problems', () => {
    expect(judgeHealth({ ...WELL, workersAlive: 0, poolWaiting: 1 }).problems).toHaveLength(2);
  });
});
