import { eventually } from '../../support/eventually';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy';
import { EngineBench } from './engine-bench';

/** A firewall that forgot them, or a server whose machine is gone: neither side is told, new connections are made as ever. */
describe('a worker whose connections died without a word', () => {
  let bench: EngineBench;
  let network: TcpProxy;
  /** Lets the step end that runs. */
  let endStep: (() => void) | null;

  beforeEach(async () => {
    endStep = null;
    bench = await EngineBench.create({
      endsWhenTold: () =>
        new Promise((resolve) => {
          endStep = () => {
            resolve('done');
          };
        }),
    });
    network = await startTcpProxy(bench.database.url);
    await bench.startWorker(network.url);
  });

  afterEach(async () => {
    network.cut();
    await bench.close();
  });

  it('records what it has done, and goes on', async () => {
    const id = await bench.startRun({ steps: [{ id: 'only', uses: { tool: 'endsWhenTold' } }] });
    const end = await eventually(() => endStep);
    network.strand();
    end();
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { only: 'done' } });
    const next = await bench.startRun({ steps: [{ id: 'only', uses: { builtin: 'set' } }] });
    expect(await bench.ended(next)).toMatchObject({ status: 'succeeded' });
  });

  it('is a worker again, though its lock is held by a session that PostgreSQL believes to live', async () => {
    await bench.startWorker();
    network.strand();
    // Past the time after which the other one gives it up.
    const [row] = await bench.query<{ later: Date }>("SELECT now() + interval '10 s' AS later");
    await eventually(async () => {
      const alive = await bench.query('SELECT FROM workers WHERE heartbeat_at > $1', [row?.later]);
      return alive.length === 2;
    });
  });
});
