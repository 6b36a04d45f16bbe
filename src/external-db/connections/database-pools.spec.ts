import type { Database } from './database';
import { DatabasePools, type PoolKey } from './database-pools';

/** A database that only knows whether it is open. */
class FakeDatabase implements Database {
  isClosed = false;
  run = (): never => {
    throw new Error('not called');
  };
  probe = (): never => {
    throw new Error('not called');
  };
  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

const never = new AbortController().signal;
const key = (revision: number): PoolKey => ({ id: 'a', revision });

describe('DatabasePools', () => {
  let opened: FakeDatabase[];
  let pools: DatabasePools<PoolKey>;

  beforeEach(() => {
    jest.useFakeTimers();
    opened = [];
    pools = new DatabasePools(() => {
      const database = new FakeDatabase();
      opened.push(database);
      return Promise.resolve(database);
    });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const touch = (revision = 1): Promise<undefined> =>
    pools.use(key(revision), never, () => Promise.resolve(undefined));
  const states = (): boolean[] => opened.map(({ isClosed }) => isClosed);

  it('opens once for many, also for those who come while it opens', async () => {
    await Promise.all([touch(), touch()]);
    await touch();
    expect(states()).toEqual([false]);
  });

  it('closes what nobody has used for a minute, and opens it again when asked', async () => {
    await touch();
    await jest.advanceTimersByTimeAsync(59_000);
    await touch();
    await jest.advanceTimersByTimeAsync(59_000);
    expect(states()).toEqual([false]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(states()).toEqual([true]);
    await touch();
    expect(states()).toEqual([true, false]);
  });

  it('does not close what is in use, however long', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const using = pools.use(key(1), never, () => promise);
    await jest.advanceTimersByTimeAsync(600_000);
    expect(states()).toEqual([false]);
    resolve(undefined);
    await using;
  });

  it('lets go of a changed configuration once its users are done', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const using = pools.use(key(1), never, () => promise);
    await touch(2);
    expect(states()).toEqual([false, false]);
    resolve(undefined);
    await using;
    expect(states()).toEqual([true, false]);
  });

  it('lets go of a deleted configuration at once when nobody uses it', async () => {
    await touch();
    pools.retire('a');
    await jest.advanceTimersByTimeAsync(0);
    expect(states()).toEqual([true]);
  });

  it('tries again what could not be opened', async () => {
    let attempts = 0;
    const failing = new DatabasePools<PoolKey>(() => {
      attempts += 1;
      return attempts === 1 ? Promise.reject(new Error('away')) : Promise.resolve(new FakeDatabase());
    });
    await expect(failing.use(key(1), never, () => Promise.resolve(1))).rejects.toThrow('away');
    await expect(failing.use(key(1), never, () => Promise.resolve(1))).resolves.toBe(1);
  });

  it('does not wait for an opening longer than its signal says', async () => {
    const stuck = new DatabasePools<PoolKey>(() => new Promise(() => undefined));
    const controller = new AbortController();
    const using = stuck.use(key(1), controller.signal, () => Promise.resolve(1));
    controller.abort(new Error('enough'));
    await expect(using).rejects.toThrow('enough');
  });

  it('closes all, tells those who use one, and opens no more', async () => {
    await touch();
    await pools.closeAll();
    expect(states()).toEqual([true]);
    expect(pools.closed.aborted).toBe(true);
    await expect(touch()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
