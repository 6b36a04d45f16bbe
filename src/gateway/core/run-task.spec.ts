import { askedTask, createdTask, takesTasks } from './run-task';

const run = (status: string) => ({
  id: 'run-1',
  status,
  createdAt: new Date('2026-01-01T00:00:00Z'),
  updatedAt: new Date('2026-01-01T00:00:05Z'),
});
const times = { createdAt: '2026-01-01T00:00:00.000Z', lastUpdatedAt: '2026-01-01T00:00:05.000Z' };

describe('a run as a task', () => {
  it('is working when it is made, and as long as it has no result', () => {
    const working = { taskId: 'run-1', status: 'working', ...times, ttlMs: null };
    expect(createdTask(run('running'))).toMatchObject({ resultType: 'task', ...working });
    expect(askedTask(run('waiting'), null)).toMatchObject(working);
    expect(askedTask(run('waiting'), null)).not.toHaveProperty('result');
  });

  it('is completed with its result, also where that says what went wrong', () => {
    const result = { content: [], isError: true };
    expect(askedTask(run('failed'), result)).toMatchObject({ status: 'completed', result });
  });

  it('is cancelled without one', () => {
    expect(askedTask(run('cancelled'), { content: [] })).not.toHaveProperty('result');
  });

  it.each<[unknown, boolean]>([
    [undefined, false],
    [{}, false],
    [{ extensions: null }, false],
    [{ extensions: { other: {} } }, false],
    [{ extensions: { 'io.modelcontextprotocol/tasks': {} } }, true],
  ])('is for clients that say so: %j', (capabilities, takes) => {
    expect(takesTasks(capabilities)).toBe(takes);
  });
});
