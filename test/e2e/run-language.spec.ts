import { RunClient } from '../support/run-client';
import { type RunningRest, startRest } from '../support/start-rest';

interface Item {
  item: number;
  status: string;
  inputs: unknown;
  output: unknown;
  error: { code: string } | null;
  attempts: { attempt: number }[];
}

describe('the language of workflows over HTTP', () => {
  let running: RunningRest;
  let client: RunClient;

  beforeAll(async () => {
    running = await startRest();
    client = new RunClient(running.rest);
  });

  afterAll(() => running.app.stop());

  describe('for_each', () => {
    let runId: string;

    beforeAll(async () => {
      const workflow = await client.createWorkflow({
        steps: [
          {
            id: 'each',
            uses: { builtin: 'set' },
            for_each: { items: 'params.rows', on_item_error: 'skip' },
            inputs: '${{ 12 / item + index }}',
          },
          { id: 'plain', uses: { builtin: 'set' }, inputs: '${{ size(steps.each.output) }}' },
        ],
      });
      runId = await client.start(workflow, { rows: [1, 0, 3, 4] });
      await client.ended(runId);
    });

    it('shows how many items of a step have come to what', async () => {
      const { items } = await client.steps(runId);
      expect(items).toMatchObject([
        { id: 'each', status: 'succeeded', inputs: [1, 0, 3, 4], output: [12, null, 6, 6] },
        { id: 'plain', output: 4, item_counts: null },
      ]);
      expect(items[0]).toMatchObject({ item_counts: { succeeded: 3, failed: 1 } });
      expect(items[0]?.attempts).toHaveLength(1);
    });

    it('lists the items of a step in their order, in pages and by status', async () => {
      const path = `/workflow-runs/${runId}/steps/each/items`;
      const page = await running.rest.get<{ items: Item[]; total: number }>(`${path}?skip=1&limit=2`);
      expect(page.body).toMatchObject({
        total: 4,
        skip: 1,
        limit: 2,
        items: [
          { item: 1, status: 'failed', output: null, error: { code: 'EXPRESSION_ERROR' } },
          { item: 2, status: 'succeeded', inputs: 6, output: 6, attempts: [{ attempt: 1 }] },
        ],
      });
      const failed = await running.rest.get<{ items: Item[]; total: number }>(`${path}?status=failed`);
      expect(failed.body).toMatchObject({ total: 1, items: [{ item: 1 }] });
      const beyond = await running.rest.get<{ items: Item[]; total: number }>(`${path}?skip=9`);
      expect(beyond.body).toMatchObject({ total: 4, items: [] });
    });

    it('has no items of a step that is not there, and none of one that is done once', async () => {
      const unknown = await running.rest.get(`/workflow-runs/${runId}/steps/nope/items`);
      expect(unknown.status).toBe(404);
      const plain = await running.rest.get(`/workflow-runs/${runId}/steps/plain/items`);
      expect(plain.body).toMatchObject({ items: [], total: 0 });
    });
  });
});
