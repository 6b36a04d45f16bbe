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
    return pool.lease({
      key,
      signal: by,
      open: () => {
        const connection = new Connection(key);
        opened.push(connection);
        return Promise.resolve(connection);
      },
    });
  }

  /** Lets everything run that can. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('gives the same connection to callers that follow each other', async () => {
    const first = await lease('a');
    first.release();
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
    first.release();
    await settle();
    expect(first.connection.isClosed).toBe(true);

    const second = await lease('a');
    second.release();
    second.connection.isUsable = false;
    expect((await lease('a')).connection).not.toBe(second.connection);
    await settle();
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
    for (const one of held) one.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2]);
    expect(opened).toHaveLength(2);
  });

  it('closes the connection that was idle longest to make room for another server', async () => {
    const [a, b, c] = [await lease('a'), await lease('b'), await lease('c')];
    b.release();
    a.release();
    await lease('d');
    expect([a, b, c].map(({ connection }) => connection.isClosed)).toEqual([false, true, false]);
  });

  it('makes a caller wait when all connections are in use, and serves it when one is free', async () => {
    const held = [await lease('a'), await lease('b'), await lease('c')];
    const waiting = lease('d');
    await settle();
    expect(opened).toHaveLength(3);
    const [first] = held;
    first?.release();
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
    first?.release();
    await expect(staying).resolves.toMatchObject({ isReused: true });
  });

  it('makes room again when opening fails', async () => {
    const fails = () => pool.lease({ key: 'a', signal, open: () => Promise.reject(new Error('refused')) });
    for (let i = 0; i < 5; i += 1) await expect(fails()).rejects.toThrow('refused');
    await expect(lease('a')).resolves.toMatchObject({ isReused: false });
  });

  describe('with connections that several callers may share', () => {
    const opening = () => Promise.withResolvers<Connection>();

    function share(key: string, open: Promise<Connection>, by: AbortSignal = signal, places = 2) {
      return pool.lease({ key, share: places, signal: by, open: () => open });
    }

    it('opens one for those who come while it is being opened, and makes the others wait their turn', async () => {
      pool = new ConnectionPool({ perKey: 1, total: 1, idleMs: 60_000 });
      const open = opening();
      const order: number[] = [];
      const leases = [1, 2, 3, 4].map(async (number) => {
        const lease = await share('a', open.promise);
        order.push(number);
        return lease;
      });
      open.resolve(new Connection('a'));
      const [first, second] = await Promise.all(leases.slice(0, 2));
      await settle();
      expect(order).toEqual([1, 2]);
      expect(second?.connection).toBe(first?.connection);
      first?.release();
      second?.release();
      await Promise.all(leases);
      expect(order).toEqual([1, 2, 3, 4]);
    });

    it('closes one that has become unusable when its last caller has left, and opens another meanwhile', async () => {
      const old = new Connection('a');
      const [one, two] = await Promise.all([share('a', Promise.resolve(old)), share('a', opening().promise)]);
      old.isUsable = false;
      const next = await share('a', Promise.resolve(new Connection('a')));
      expect(next.connection).not.toBe(old);
      one.release();
      expect(old.isClosed).toBe(false);
      two.release();
      await settle();
      expect(old.isClosed).toBe(true);
    });

    it('goes on opening for those who stay, and stops when the last has left', async () => {
      const [first, second] = [new AbortController(), new AbortController()];
      let given = signal;
      const open = (openSignal: AbortSignal) => {
        given = openSignal;
        return new Promise<Connection>((_resolve, reject) => {
          openSignal.addEventListener('abort', () => {
            reject(new Error('nobody waits'));
          });
        });
      };
      const leases = [first, second].map((by) => pool.lease({ key: 'a', share: 2, signal: by.signal, open }));
      first.abort(new Error('first left'));
      await expect(leases[0]).rejects.toThrow('first left');
      expect(given.aborted).toBe(false);
      second.abort(new Error('second left'));
      await expect(leases[1]).rejects.toThrow('second left');
      expect(given.aborted).toBe(true);
    });
  });

  it('asks a connection that was idle for long whether it is alive, and opens another when it is not', async () => {
    pool = new ConnectionPool({ perKey: 1, total: 1, idleMs: 60_000, checkAfterMs: -1 });
    const dead = Object.assign(new Connection('a'), {
      isAlive: () => Promise.resolve((dead.isUsable = false)),
    });
    const first = await pool.lease({ key: 'a', signal, open: () => Promise.resolve(dead) });
    first.release();
    expect((await lease('a')).connection).not.toBe(dead);
  });

  it('closes a connection that nobody used for long', async () => {
    pool = new ConnectionPool({ perKey: 1, total: 1, idleMs: 1 });
    const first = await lease('a');
    first.release();
    while (!first.connection.isClosed) await settle();
    expect((await lease('a')).isReused).toBe(false);
  });

  it('closes everything when it is closed, and gives nothing any more', async () => {
    const [held, idle] = [await lease('a'), await lease('b')];
    idle.release();
    await lease('a');
    const waiting = lease('a');
    await settle();
    await pool.close();
    expect([held, idle].map(({ connection }) => connection.isClosed)).toEqual([true, true]);
    await expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(lease('c')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
