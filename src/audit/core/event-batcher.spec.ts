import { auditEvent } from '../../../test/support/audit-event';
import { type BatcherObserver, EventBatcher, type EventSink } from './event-batcher';

const AWAY = new Error('away');

/** An event that is told apart by its id. */
const event = (id: string) => auditEvent({ id });

function setUp(maxWaiting?: number) {
  const stored = new Set<string>();
  const state = { isAway: false, hangs: false };
  const writes: number[] = [];
  const told: string[] = [];
  const sink: EventSink = {
    write: (events) => {
      writes.push(events.length);
      if (state.hangs) return new Promise(() => undefined);
      if (state.isAway) return Promise.reject(AWAY);
      if (events.some(({ id }) => id.startsWith('bad'))) return Promise.reject(new Error('refused'));
      for (const { id } of events) stored.add(id);
      return Promise.resolve();
    },
    isPassing: (error) => error === AWAY,
  };
  const observer: BatcherObserver = {
    written: () => undefined,
    dropped: (reason, count) => told.push(`${reason} ${count}`),
    troubled: () => told.push('troubled'),
    recovered: () => told.push('recovered'),
    refused: ({ id }) => told.push(`refused ${id}`),
  };
  const batcher = new EventBatcher(sink, observer, maxWaiting);
  const add = (count: number, from = 0): void => {
    for (let n = from; n < from + count; n += 1) batcher.add(event(`e${n}`));
  };
  return { batcher, add, stored, state, writes, told };
}

describe('the batcher of audit events', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('writes what came within a moment in one statement, and nothing before', async () => {
    const { add, stored, writes } = setUp();
    add(3);
    expect(writes).toEqual([]);
    await jest.advanceTimersByTimeAsync(200);
    expect([writes, stored.size]).toEqual([[3], 3]);
    add(1, 3);
    await jest.advanceTimersByTimeAsync(200);
    expect(writes).toEqual([3, 1]);
  });

  it('does not wait for the moment when there are enough, and bounds a statement', async () => {
    const { add, writes, batcher } = setUp();
    add(1_200);
    await jest.advanceTimersByTimeAsync(0);
    expect([writes, batcher.size]).toEqual([[500, 500, 200], 0]);
  });

  it('keeps events while the database is away, says so once, and writes them when it is back', async () => {
    const { add, stored, state, told } = setUp();
    state.isAway = true;
    add(700);
    await jest.advanceTimersByTimeAsync(60_000);
    add(10, 700);
    await jest.advanceTimersByTimeAsync(60_000);
    expect([stored.size, told]).toEqual([0, ['troubled']]);
    state.isAway = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect([stored.size, told]).toEqual([710, ['troubled', 'recovered']]);
  });

  it('counts what finds no place, and holds no more than it may', async () => {
    const { batcher, add, stored, state, told } = setUp(20);
    state.isAway = true;
    add(15);
    await jest.advanceTimersByTimeAsync(200);
    add(25, 15);
    expect(batcher.size).toBe(35);
    expect(told).toEqual(['troubled', ...Array<string>(5).fill('buffer_full 1')]);
    state.isAway = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(stored.size).toBe(35);
  });

  it('loses of a group only the events that are refused', async () => {
    const { batcher, add, stored, told } = setUp();
    add(100);
    batcher.add(event('bad1'));
    add(300, 100);
    batcher.add(event('bad2'));
    await jest.advanceTimersByTimeAsync(200);
    expect([stored.size, batcher.size]).toEqual([400, 0]);
    expect(told).toEqual(['refused 1', 'refused bad1', 'refused 1', 'refused bad2']);
  });

  it('goes on with the parts of a refused group after the database was away', async () => {
    const { batcher, add, stored, state, told } = setUp();
    batcher.add(event('bad'));
    add(7);
    state.isAway = true;
    await jest.advanceTimersByTimeAsync(200);
    state.isAway = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect([stored.size, batcher.size, told]).toEqual([
      7,
      0,
      ['troubled', 'recovered', 'refused 1', 'refused bad'],
    ]);
  });

  it('writes at its end what waits', async () => {
    const { batcher, add, stored } = setUp();
    add(600);
    await batcher.close(1_000);
    expect(stored.size).toBe(600);
  });

  it('tries again at its end as long as it has patience', async () => {
    const { batcher, add, stored, state, told } = setUp();
    state.isAway = true;
    add(5);
    await jest.advanceTimersByTimeAsync(200);
    const closed = batcher.close(1_000);
    await jest.advanceTimersByTimeAsync(500);
    state.isAway = false;
    await jest.advanceTimersByTimeAsync(100);
    await closed;
    expect([stored.size, told]).toEqual([5, ['troubled', 'recovered']]);
  });

  it.each<['isAway' | 'hangs']>([['isAway'], ['hangs']])(
    'counts at its end what it could not write (%s)',
    async (trouble) => {
      const { batcher, add, state, told } = setUp();
      state[trouble] = true;
      add(5);
      const closed = batcher.close(1_000);
      await jest.advanceTimersByTimeAsync(1_000);
      await closed;
      add(1, 5);
      expect(told.filter((line) => line !== 'troubled')).toEqual(['shutdown 5', 'shutdown 1']);
      expect(batcher.size).toBe(0);
    },
  );
});
