import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Cluster } from '../support/cluster';
import { eventually } from '../support/eventually';

/** Longer than any test runs: only a cancellation ends a request that takes so long. */
const ENDLESS_MS = 600_000;

/** How many requests were open at once, by their path, and in which order they came. */
class Gauge {
  readonly most = new Map<string, number>();
  /** Requests of a key are not answered before so many of them were open at once. */
  readonly awaited = new Map<string, number>();
  readonly order: string[] = [];
  private readonly open = new Map<string, number>();
  private readonly server: Server = createServer((request, response) => {
    const [, key = '', name = '', ms = '0'] = (request.url ?? '').split('/');
    this.order.push(name);
    this.count(key, 1);
    const timer = setInterval(() => {
      if ((this.most.get(key) ?? 0) < (this.awaited.get(key) ?? 0)) return;
      clearInterval(timer);
      response.end('{}');
    }, Number(ms));
    response.on('close', () => {
      clearInterval(timer);
      this.count(key, -1);
    });
  });

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private count(key: string, step: number): void {
    const now = (this.open.get(key) ?? 0) + step;
    this.open.set(key, now);
    this.most.set(key, Math.max(this.most.get(key) ?? 0, now));
  }
}

/** One API process and two workers. */
describe('runs that share a concurrency key', () => {
  const gauge = new Gauge();
  let cluster: Cluster;
  let call: object;

  beforeAll(async () => {
    const url = await gauge.start();
    cluster = await Cluster.start(2);
    const component = await cluster.client.createComponent({
      type: 'http_request',
      url: `${url}/\${{ inputs.key }}/\${{ inputs.name }}/\${{ inputs.ms }}`,
    });
    call = { id: 'call', uses: { mcp_definition_id: component }, inputs: '${{ params }}' };
  });

  afterAll(async () => {
    await cluster.close();
    gauge.stop();
  });

  function workflow(concurrency: object): Promise<string> {
    return cluster.client.createWorkflow({
      concurrency: { key: 'params.key', ...concurrency },
      steps: [call],
    });
  }

  it('run as many at a time as max says, of 200 that start at once, on whichever worker', async () => {
    const id = await workflow({ max: 3 });
    const keys = ['red', 'blue'];
    for (const key of keys) gauge.awaited.set(key, 3);
    await Promise.all(
      Array.from({ length: 200 }, (_none, n) =>
        cluster.client.start(id, { key: keys[n % 2] ?? '', name: `r${n}`, ms: 60 }),
      ),
    );
    await eventually(
      async () => {
        const path = `/workflow-runs?status=succeeded&workflow_definition_id=${id}&limit=1`;
        return (await cluster.client.rest.get<{ total: number }>(path)).body.total === 200;
      },
      undefined,
      500,
    );
    expect(keys.map((key) => gauge.most.get(key))).toEqual([3, 3]);
  });

  it('begin in the order in which they were started', async () => {
    const id = await workflow({});
    const names = Array.from({ length: 12 }, (_none, n) => `fifo${n}`);
    const runs: string[] = [];
    for (const name of names) runs.push(await cluster.client.start(id, { key: 'fifo', name, ms: 50 }));
    for (const run of runs) await cluster.client.ended(run);
    expect(gauge.order.filter((name) => name.startsWith('fifo'))).toEqual(names);
    expect(gauge.most.get('fifo')).toBe(1);
  });

  it('give way to the newest with cancel_running, which waits until they have stopped', async () => {
    const id = await workflow({ on_conflict: 'cancel_running' });
    const first = await cluster.client.start(id, { key: 'newest', name: 'a', ms: ENDLESS_MS });
    await eventually(() => (gauge.most.get('newest') ?? 0) === 1);
    const second = await cluster.client.start(id, { key: 'newest', name: 'b', ms: ENDLESS_MS });
    const third = await cluster.client.start(id, { key: 'newest', name: 'c', ms: 10 });
    expect(await cluster.client.ended(third)).toMatchObject({ status: 'succeeded' });
    const replacedBy = (newer: string): object => ({
      status: 'cancelled',
      error: {
        code: 'CANCELLED',
        message: `A newer run with the same concurrency key took its place: ${newer}`,
      },
    });
    // The third wanted the first cancelled as well: who came first has said why.
    expect(await cluster.client.ended(first)).toMatchObject(replacedBy(second));
    expect(await cluster.client.ended(second)).toMatchObject(replacedBy(third));
    expect(gauge.most.get('newest')).toBe(1);
  });

  it('are refused with reject, until the one before has ended', async () => {
    const id = await workflow({ on_conflict: 'reject' });
    const first = await cluster.client.start(id, { key: 'once', name: 'a', ms: ENDLESS_MS });
    const parameters = { key: 'once', name: 'b', ms: 1 };
    const refused = await cluster.client.startAnswer({ workflow_definition_id: id, parameters });
    expect([refused.status, refused.body]).toMatchObject([409, { code: 'CONFLICT' }]);
    await cluster.client.start(id, { key: 'other', name: 'b', ms: 1 });
    await cluster.client.cancel(first);
    await cluster.client.ended(first);
    expect(await cluster.client.ended(await cluster.client.start(id, parameters))).toMatchObject({
      status: 'succeeded',
    });
  });

  it('fail the step that calls one which is refused', async () => {
    const id = await workflow({ on_conflict: 'reject' });
    const first = await cluster.client.start(id, { key: 'nested', name: 'a', ms: ENDLESS_MS });
    const outer = await cluster.client.createWorkflow({
      steps: [
        {
          id: 'sub',
          uses: { workflow_definition_id: id },
          inputs: { key: 'nested', name: 'b', ms: 1 },
        },
      ],
    });
    const run = await cluster.client.ended(await cluster.client.start(outer));
    expect(run).toMatchObject({ status: 'failed', error: { code: 'CONFLICT', step_id: 'sub' } });
    await cluster.client.cancel(first);
  });

  it('let the next begin when one that waits is cancelled, or the first is', async () => {
    const id = await workflow({});
    const start = (name: string, ms: number): Promise<string> =>
      cluster.client.start(id, { key: 'cancel', name, ms });
    const [first, second, third] = [await start('a', ENDLESS_MS), await start('b', 1), await start('c', 1)];
    expect((await cluster.client.cancel(second)).body).toMatchObject({ status: 'cancelled' });
    await cluster.client.cancel(first);
    expect(await cluster.client.ended(third)).toMatchObject({ status: 'succeeded' });
  });

  it('are refused where the key cannot be computed', async () => {
    const id = await workflow({});
    const answer = await cluster.client.startAnswer({ workflow_definition_id: id, parameters: {} });
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([
      400,
      expect.stringContaining('concurrency.key'),
    ]);
  });
});
