import { AppError } from '../../../src/common/errors/app-error';
import type { JsonObject } from '../../../src/engine/core/json';
import type { ComponentStepCall } from '../../../src/engine/ports';
import { eventually } from '../../support/eventually';
import { endless, EngineBench, expectWellFormed } from './engine-bench';

describe('for_each', () => {
  let calls: ComponentStepCall[] = [];
  let underWay = 0;
  let most = 0;
  let bench: EngineBench;

  beforeAll(async () => {
    bench = await EngineBench.create({
      double: async (call) => {
        calls.push(call);
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        return (call.inputs as { n: number }).n * 2;
      },
      picky: ({ inputs, attempt }, context) => {
        const { n } = inputs as { n: number };
        context.log('stdout', 'info', `item ${n}`);
        if (n === 1 && attempt === 1) throw new AppError('CONNECTION_FAILED', 'not yet');
        if (n === 3) throw new AppError('TOOL_ERROR', 'never three', { details: { asked: n } });
        return n;
      },
      patient: (call, context) => {
        const { inputs, attempt } = call;
        return (inputs as { n: number }).n !== 2 || attempt > 1 ? attempt : endless(call, context);
      },
      half: () => 'x'.repeat(2 ** 21),
    });
    await bench.startWorker();
  });

  afterAll(() => bench.close());

  beforeEach(() => {
    [calls, underWay, most] = [[], 0, 0];
  });

  function each(tool: string, items: string, forEach: JsonObject = {}, more: JsonObject = {}): JsonObject {
    const inputs = { n: '${{ item }}', at: '${{ index }}' };
    return { id: 'each', uses: { tool }, for_each: { items, ...forEach }, inputs, ...more };
  }

  it('calls the component for each item, no more at once than it may, and keeps their order', async () => {
    const id = await bench.startRun(
      {
        steps: [
          each('double', 'params.rows', { max_parallel: 3 }),
          { id: 'total', uses: { builtin: 'set' }, inputs: '${{ sum(steps.each.output) }}' },
        ],
        result: { all: '${{ steps.each.output }}', total: '${{ steps.total.output }}' },
      },
      { rows: [5, 4, 3, 2, 1] },
    );
    expect(await bench.ended(id)).toMatchObject({
      status: 'succeeded',
      result: { all: [10, 8, 6, 4, 2], total: 30 },
    });
    expect(most).toBeLessThanOrEqual(3);
    expect(calls.map(({ idempotencyKey }) => idempotencyKey).toSorted()).toEqual(
      [0, 1, 2, 3, 4].map((item) => `${id}:each:${item}`),
    );
    expect(calls.find(({ inputs }) => (inputs as { n: number }).n === 1)?.inputs).toEqual({ n: 1, at: 4 });
    const events = await bench.events(id);
    expectWellFormed(events);
    const ofItem2 = events.filter(({ data }) => data['item'] === 2);
    expect(
      ofItem2.map(({ type, data }) => [type, data['step_id'], data['status'] ?? data['preview']]),
    ).toEqual([
      ['status_change', 'each', 'running'],
      ['status_change', 'each', 'succeeded'],
      ['result_preview', 'each', '6'],
    ]);
    const own = events.filter(({ data }) => data['step_id'] === 'each' && !('item' in data));
    expect(own.map(({ data }) => data['status'] ?? data['preview'])).toEqual([
      'running',
      'succeeded',
      '[10,8,6,4,2]',
    ]);
  });

  it('gives an empty list for an empty list', async () => {
    const id = await bench.startRun({ steps: [each('double', '[]')] });
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { each: [] } });
    expect(calls).toEqual([]);
  });

  it('tries an item again by itself, and fails with the item that failed', async () => {
    const id = await bench.startRun({
      steps: [
        each(
          'picky',
          '[0, 1, 2, 3, 4, 5]',
          { max_parallel: 1 },
          { retry: { max_attempts: 2, initial_ms: 1 } },
        ),
      ],
    });
    expect(await bench.ended(id)).toMatchObject({
      status: 'failed',
      error: { code: 'TOOL_ERROR', step_id: 'each', details: { item: 3, details: { asked: 3 } } },
    });
    expect((await bench.attempts(id)).map(({ item, attempt, status }) => [item, attempt, status])).toEqual([
      [-1, 1, 'failed'],
      [0, 1, 'succeeded'],
      [1, 1, 'retrying'],
      [1, 2, 'succeeded'],
      [2, 1, 'succeeded'],
      [3, 1, 'retrying'],
      [3, 2, 'failed'],
    ]);
    const logs = (await bench.events(id)).filter(({ type }) => type === 'log');
    expect(logs.map(({ data }) => data['item'])).toEqual([0, 1, 1, 2, 3, 3]);
  });

  it('leaves null where an item failed, with on_item_error: skip', async () => {
    const id = await bench.startRun({
      steps: [each('picky', '[2, 3, 4]', { on_item_error: 'skip' })],
    });
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { each: [2, null, 4] } });
  });

  it('fails when the list of outputs is over the limit, and begins no more items', async () => {
    const id = await bench.startRun({ steps: [each('half', '[1, 2, 3, 4, 5, 6]', { max_parallel: 1 })] });
    expect(await bench.ended(id)).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_TOO_LARGE' } });
    expect((await bench.attempts(id)).map(({ item }) => item)).toEqual([-1, 0, 1]);
  });

  it('does a builtin for ten thousand items', async () => {
    const id = await bench.startRun(
      {
        steps: [
          {
            id: 'each',
            uses: { builtin: 'set' },
            for_each: { items: 'params.rows' },
            inputs: '${{ index }}',
          },
        ],
        result: '${{ size(steps.each.output) }}',
      },
      { rows: Array.from({ length: 10_000 }, () => 0) },
    );
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: 10_000 });
  });

  it('goes on with the items that had not ended when their worker went', async () => {
    const id = await bench.startRun({ steps: [each('patient', '[0, 1, 2, 3]', { max_parallel: 2 })] });
    await eventually(
      async () => (await bench.attempts(id)).filter(({ status }) => status === 'succeeded').length === 3,
    );
    const before = await bench.run(id);
    await bench.query('DELETE FROM workers WHERE id = $1', [before.owner]);
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { each: [1, 1, 2, 1] } });
    expect((await bench.attempts(id)).map(({ item, attempt, status }) => [item, attempt, status])).toEqual([
      [-1, 1, 'succeeded'],
      [0, 1, 'succeeded'],
      [1, 1, 'succeeded'],
      [2, 1, 'retrying'],
      [2, 2, 'succeeded'],
      [3, 1, 'succeeded'],
    ]);
    expectWellFormed(await bench.events(id));
  });
});
