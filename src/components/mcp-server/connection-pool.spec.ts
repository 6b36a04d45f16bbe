import { ConnectionPool, type Lease } from './connection-pool';

class Connection {
  isUsable = true;
  isClosed = false;

  constructor(readonly key: string) {}

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

describe('ConnectionPool', () => {
  const signal = new AbortController().signal;
  let pool: ConnectionPool<Connection>;
  let opened: Connection[];

  beforeEach(() => {
    opened = [];
    pool = new ConnectionPool({ perKey: 2, total: 3, idleMs: 60_000 });
  });
  afterEach(() => pool.close());

  function lease(key: string, by: AbortSignal = signal): Promise<Lease<Connection>> {
    return pool.lease(key, by, () => {
      const connection = new Connection(key);
      opened.push(connection);
      return Promise.resolve(connection);
    });
  }

  /** Lets everything run that can. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('gives the same connection to callers that follow each other', async () => {
    const first = await lease('a');
    pool.release('a', first);
    const second = await lease('a');
    expect(second.connection).toBe(first.connection);
    expect([first.isReused, second.isReused]).toEqual([false, true]);
  });

  it('never gives one connection to two callers', async () => {
    const [first, second] = await Promise.all([lease('a'), lease('a')]);
    expect(first.connection).not.toBe(second.connection);
  });

  it('closes a connection that is not usable any more, when it is given back and when it was idle', async () => {
    const first = await lease('a');
    first.connection.isUsable = false;
    pool.release('a', first);
    expect(first.connection.isClosed).toBe(true);

    const second = await lease('a');
    pool.release('a', second);
    second.connection.isUsable = false;
    expect((await lease('a')).connection).not.toBe(second.connection);
    expect(second.connection.isClosed).toBe(true);
  });

  it('makes callers beyond the limit of a server wait, in their order', async () => {
    const held = [await lease('a'), await lease('a')];
    const order: number[] = [];
    const waiting = [1, 2].map(async (number) => {
      const got = await lease('a');
      order.push(number);
      return got;
    });
    await settle();
    expect(order).toEqual([]);
    for (const one of held) pool.release('a', one);
    await Promise.all(waiting);
    expect(order).toEqual([1, 2]);
    expect(opened).toHaveLength(2);
  });

  it('closes the connection that was idle longest to make room for another server', async () => {
    const [a, b, c] = [await lease('a'), await lease('b'), await lease('c')];
    pool.release('b', b);
    pool.release('a', a);
    await lease('d');
    expect([a, b, c].map(({ connection }) => connection.isClosed)).toEqual([false, true, false]);
  });

  it('makes a caller wait when all connections are in use, and serves it when one is free', async () => {
    const held = [await lease('a'), await lease('b'), await lease('c')];
    const waiting = lease('d');
    await settle();
    expect(opened).toHaveLength(3);
    const [first] = held;
    if (first !== undefined) pool.release('a', first);
    expect((await waiting).connection.key).toBe('d');
    expect(first?.connection.isClosed).toBe(true);
  });

  it('lets a caller that waits leave by its signal, and does not lose its turn for others', async () => {
    const held = [await lease('a'), await lease('a')];
    const controller = new AbortController();
    const leaving = lease('a', controller.signal);
    const staying = lease('a');
    controller.abort(new Error('gone home'));
    await expect(leaving).rejects.toThrow('gone home');
    const [first] = held;
    if (first !== undefined) pool.release('a', first);
    await expect(staying).resolves.toMatchObject({ isReused: true });
  });

  it('makes room again when opening fails', async () => {
    const fails = () => pool.lease('a', signal, () => Promise.reject(new Error('refused')));
    for (let i = 0; i < 5; i += 1) await expect(fails()).rejects.toThrow('refused');
    await expect(lease('a')).resolves.toMatchObject({ isReused: false });
  });

  it('closes a connection that nobody used for long', async () => {
    pool = new ConnectionPool({ perKey: 1, total: 1, idleMs: 1 });
    const first = await lease('a');
    pool.release('a', first);
    while (!first.connection.isClosed) await settle();
    expect((await lease('a')).isReused).toBe(false);
  });

  it('closes everything when it is closed, and gives nothing any more', async () => {
    const [held, idle] = [await lease('a'), await lease('b')];
    pool.release('b', idle);
    await lease('a');
    const waiting = lease('a');
    await settle();
    await pool.close();
    expect([held, idle].map(({ connection }) => connection.isClosed)).toEqual([true, true]);
    await expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(lease('c')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
