import { AppError } from '../../../src/common/errors/app-error';
import type { JsonObject } from '../../../src/engine/core/json';
import type { ModelUsage } from '../../../src/engine/ports';
import { readPreviewNotice } from '../../../src/engine/live-preview';
import { eventually } from '../../support/eventually';
import { EngineBench, expectWellFormed } from './engine-bench';

const USAGE: ModelUsage = {
  provider: 'openai',
  model: 'm',
  inputTokens: 3,
  outputTokens: 4,
  cost: { amount: 0.5, currency: 'EUR' },
};

describe('what a step that calls a model tells while it runs', () => {
  let bench: EngineBench;
  let release: () => void = () => undefined;
  let attempts = 0;

  beforeAll(async () => {
    bench = await EngineBench.create({
      write: async (_call, context) => {
        context.preview('Once upon');
        context.preview('Once upon a time');
        await new Promise<void>((resolve) => (release = resolve));
        return 'Once upon a time';
      },
      pay: (_call, context) => {
        attempts += 1;
        context.use({ ...USAGE, outputTokens: 1 });
        context.use(USAGE);
        if (attempts === 1) throw new AppError('CONNECTION_FAILED', 'broke off');
        return 'done';
      },
    });
    await bench.startWorker();
  });

  afterAll(() => bench.close());

  it('reaches every process that listens, and no table', async () => {
    const heard: JsonObject[] = [];
    const client = await bench.pool.connect();
    client.on('notification', ({ payload }) => {
      heard.push(JSON.parse(readPreviewNotice(payload ?? '')?.data ?? 'null') as JsonObject);
    });
    await client.query('LISTEN run_previews');
    const id = await bench.startRun({ steps: [{ id: 'story', uses: { tool: 'write' } }] });
    await eventually(() => heard.length === 2);
    release();
    await bench.ended(id);
    await client.query('UNLISTEN run_previews');
    client.release();

    expect(heard).toMatchObject([
      { run_id: id, step_id: 'story', attempt: 1, partial: true, preview: 'Once upon' },
      { run_id: id, step_id: 'story', attempt: 1, partial: true, preview: 'Once upon a time' },
    ]);
    const events = await bench.events(id);
    expectWellFormed(events);
    expect(events.filter(({ type }) => type === 'result_preview')).toMatchObject([
      { data: { preview: '"Once upon a time"' } },
    ]);
  });

  it('is recorded with each attempt that used a model, also one that failed, and counted once', async () => {
    const id = await bench.startRun({
      steps: [{ id: 'ask', uses: { tool: 'pay' }, retry: { max_attempts: 2, initial_ms: 10 } }],
    });
    await bench.ended(id);
    const recorded = {
      provider: 'openai',
      model: 'm',
      input_tokens: 3,
      output_tokens: 4,
      total_tokens: 7,
      cost: { amount: 0.5, currency: 'EUR' },
    };
    expect(
      await bench.query(
        'SELECT attempt, status, usage FROM workflow_steps WHERE run_id = $1 ORDER BY attempt',
        [id],
      ),
    ).toEqual([
      { attempt: 1, status: 'retrying', usage: recorded },
      { attempt: 2, status: 'succeeded', usage: recorded },
    ]);
    await eventually(() => bench.told.usages.length === 2);
    expect(bench.told.usages).toEqual([USAGE, USAGE]);
  });
});
