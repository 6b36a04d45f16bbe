import { eventually } from '../support/eventually';
import type { RestAnswer } from '../support/rest-client';
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

  describe('approval and signal', () => {
    let workflow: string;

    beforeAll(async () => {
      workflow = await client.createWorkflow({
        steps: [
          { id: 'sign_off', uses: { builtin: 'approval' }, inputs: { message: 'Go?' } },
          { id: 'paid', uses: { builtin: 'signal' }, inputs: { name: 'payment' }, needs: ['sign_off'] },
        ],
        result: { by: '${{ steps.sign_off.output }}', paid: '${{ steps.paid.output }}' },
      });
    });

    function send(runId: string, name: string, body?: unknown): Promise<RestAnswer<Record<string, unknown>>> {
      return running.rest.post(`/workflow-runs/${runId}/signals/${name}`, body);
    }

    it('holds a run until it is approved and the payload has come, in any order', async () => {
      const runId = await client.start(workflow);
      await eventually(async () => (await client.get(runId)).status === 'waiting');
      expect((await client.steps(runId)).items[0]).toMatchObject({
        status: 'waiting',
        inputs: { message: 'Go?' },
      });
      const payment = await send(runId, 'payment', [{ amount: 5 }]);
      expect([payment.status, payment.body]).toMatchObject([
        200,
        { run_id: runId, name: 'payment', payload: [{ amount: 5 }] },
      ]);
      const decision = await send(runId, 'sign_off', { decision: 'approve', comment: 'fine' });
      expect(decision.status).toBe(200);
      const { result } = await client.ended(runId);
      expect(result).toEqual({
        by: {
          decision: 'approve',
          comment: 'fine',
          decided_at: decision.body['sent_at'],
          decided_by: decision.body['sent_by'],
        },
        paid: [{ amount: 5 }],
      });
    });

    it('fails with REJECTED where it is rejected', async () => {
      const runId = await client.start(workflow);
      await send(runId, 'sign_off', { decision: 'reject', comment: 'no' });
      expect(await client.ended(runId)).toMatchObject({
        status: 'failed',
        error: { code: 'REJECTED', message: 'Rejected: no', step_id: 'sign_off' },
      });
      expect((await send(runId, 'payment', 1)).status).toBe(409);
    });

    it.each<[what: string, name: string, body: unknown, error: object]>([
      ['a name that no step holds for', 'paid', 1, { path: 'name' }],
      ['no decision', 'sign_off', {}, { path: 'decision' }],
      ['another decision', 'sign_off', { decision: 'maybe' }, { path: 'decision' }],
      ['a field too many', 'sign_off', { decision: 'approve', x: 1 }, { path: 'x' }],
      ['no object', 'sign_off', 'approve', { path: '' }],
    ])('refuses %s', async (_what, name, body, error) => {
      const runId = await client.start(workflow);
      const answer = await send(runId, name, body);
      expect([answer.status, answer.body]).toMatchObject([400, { errors: [error] }]);
    });

    it('takes any JSON, or nothing, for a signal, the same twice, and not another one after', async () => {
      const runId = await client.start(workflow);
      const first = await send(runId, 'payment');
      expect([first.status, first.body]).toMatchObject([200, { payload: null }]);
      expect((await send(runId, 'payment')).body).toEqual(first.body);
      expect((await send(runId, 'payment', 'other')).status).toBe(409);
      await client.cancel(runId);
    });

    it('answers 404 for a run that is not there, and 403 for a key that may not', async () => {
      expect((await send('018f9d2c-7f3a-7c11-9a55-0123456789ab', 'payment', 1)).status).toBe(404);
      const made = await running.rest.post<{ key: string }>('/api-keys', {
        name: 'reader',
        scopes: ['read'],
      });
      const runId = await client.start(workflow);
      const reader = running.rest.withKey(made.body.key);
      expect((await reader.post(`/workflow-runs/${runId}/signals/payment`, 1)).status).toBe(403);
      await client.cancel(runId);
    });
  });

  describe('on_failure', () => {
    it('shows its steps after the others, skipped where nothing failed', async () => {
      const workflow = await client.createWorkflow({
        steps: [
          { id: 'may_fail', uses: { builtin: 'fail' }, inputs: { message: 'x' }, when: 'params.fails' },
        ],
        on_failure: [{ id: 'alert', uses: { builtin: 'set' }, inputs: '${{ run.error.code }}' }],
      });
      const failing = await client.start(workflow, { fails: true });
      expect(await client.ended(failing)).toMatchObject({ status: 'failed', error: { step_id: 'may_fail' } });
      expect((await client.steps(failing)).items).toMatchObject([
        { id: 'may_fail', status: 'failed' },
        { id: 'alert', status: 'succeeded', output: 'STEP_FAILED' },
      ]);
      const good = await client.start(workflow, { fails: false });
      expect(await client.ended(good)).toMatchObject({ status: 'succeeded' });
      expect((await client.steps(good)).items).toMatchObject([
        { id: 'may_fail', status: 'skipped' },
        { id: 'alert', status: 'skipped', attempts: [] },
      ]);
    });

    it('may not be a fault: everything in it is checked when it is saved', async () => {
      const answer = await running.rest.post('/workflow-definitions/validate', {
        name: 'faulty',
        steps: [{ id: 'a', uses: { builtin: 'set' } }],
        on_failure: [{ id: 'b', uses: { mcp_definition_id: '018f9d2c-7f3a-7c11-9a55-0123456789ab' } }],
      });
      expect(answer.body).toMatchObject({
        valid: false,
        errors: [{ path: 'on_failure[0].uses.mcp_definition_id' }],
      });
    });
  });

  describe('rerun', () => {
    interface Rerun {
      id: string;
      rerun_of: string;
      parameters: object;
      labels: object;
      workflow_version: string;
    }
    let workflow: string;
    let failed: string;

    beforeAll(async () => {
      workflow = await client.createWorkflow({
        steps: [
          { id: 'drawn', uses: { builtin: 'set' }, inputs: '${{ string(now()) }}' },
          { id: 'optional', uses: { builtin: 'fail' }, inputs: { message: 'x' }, on_error: 'continue' },
          { id: 'ok', uses: { builtin: 'approval' }, needs: ['drawn'] },
          {
            id: 'all',
            uses: { builtin: 'set' },
            needs: ['ok', 'optional'],
            needs_policy: 'all_done',
            inputs: '${{ [steps.drawn.output, steps.optional.error.code, params.n] }}',
          },
        ],
      });
      failed = await client.start(workflow, { n: 7 });
      await running.rest.post(`/workflow-runs/${failed}/signals/ok`, { decision: 'reject' });
      await client.ended(failed);
    });

    function rerun(runId: string, body?: object): Promise<RestAnswer<Rerun>> {
      return running.rest.post(`/workflow-runs/${runId}/rerun`, body);
    }

    it('goes on from a step with what the steps before it gave', async () => {
      const [before] = (await client.steps(failed)).items;
      const made = await rerun(failed, { from_step: 'ok' });
      expect([made.status, made.body]).toMatchObject([
        201,
        { rerun_of: failed, parameters: { n: 7 }, workflow_version: '1.0.0' },
      ]);
      const { id } = made.body;
      await running.rest.post(`/workflow-runs/${id}/signals/ok`, { decision: 'approve' });
      const drawn = (before as unknown as { output: string }).output;
      expect(await client.ended(id)).toMatchObject({ result: { all: [drawn, 'STEP_FAILED', 7] } });
      expect((await client.steps(id)).items).toMatchObject([
        { id: 'drawn', status: 'succeeded', output: drawn, attempts: [] },
        { id: 'optional', status: 'failed', attempts: [] },
        { id: 'ok', status: 'succeeded', attempts: [{ attempt: 1 }] },
        { id: 'all', status: 'succeeded' },
      ]);
      const again = await rerun(id, { from_step: 'all' });
      expect(await client.ended(again.body.id)).toMatchObject({ result: { all: [drawn, 'STEP_FAILED', 7] } });
    });

    it('tells in the stream which steps it took over, numbered without gaps', async () => {
      const { id } = (await rerun(failed, { from_step: 'ok' })).body;
      await client.cancel(id);
      await client.ended(id);
      const response = await fetch(`${running.app.baseUrl}/api/v1/workflow-runs/${id}/stream`, {
        headers: { 'x-api-key': running.key },
      });
      const frames = (await response.text()).split('\n\n').filter((frame) => frame.startsWith('id: '));
      expect(frames.map((frame) => Number(/^id: (\d+)/.exec(frame)?.[1]))).toEqual(
        frames.map((_frame, index) => index + 1),
      );
      expect(frames[1]).toContain('"step_id":"drawn","status":"succeeded","attempt":0');
    });

    it('does all again without a step', async () => {
      const { id } = (await rerun(failed)).body;
      await running.rest.post(`/workflow-runs/${id}/signals/ok`, { decision: 'approve' });
      await client.ended(id);
      expect((await client.steps(id)).items[0]).toMatchObject({ id: 'drawn', attempts: [{ attempt: 1 }] });
    });

    it('is refused while the run has not ended, for unknown steps and runs, and for a deleted workflow', async () => {
      const open = await client.start(workflow, { n: 1 });
      expect((await rerun(open)).status).toBe(409);
      await client.cancel(open);
      const unknown = await rerun(failed, { from_step: 'nope' });
      expect([unknown.status, unknown.body]).toMatchObject([400, { errors: [{ path: 'from_step' }] }]);
      expect((await rerun('018f9d2c-7f3a-7c11-9a55-0123456789ab')).status).toBe(404);
      const deleted = await client.createWorkflow({ steps: [{ id: 'a', uses: { builtin: 'set' } }] });
      const runId = await client.start(deleted);
      await client.ended(runId);
      await running.rest.delete(`/workflow-definitions/${deleted}`);
      expect((await rerun(runId)).status).toBe(404);
    });
  });
});
