import { Cluster } from '../support/cluster';
import { eventually } from '../support/eventually';
import { expectGapless, expectOutcomesOnce } from '../support/run-history';
import { type SlowServer, startSlowServer } from '../support/slow-server';
import { readStream, type StreamEvent } from '../support/sse-client';

/** Longer than any test runs: only a cancellation ends such a step in time. */
const ENDLESS_MS = 600_000;

/** The API and the worker are processes of their own: what is asked of one is done by the other. */
describe('control of runs over REST', () => {
  let farSide: SlowServer;
  let cluster: Cluster;
  let endlessId: string;
  let waitingId: string;
  let quickId: string;

  beforeAll(async () => {
    farSide = await startSlowServer();
    cluster = await Cluster.start(1);
    const { client } = cluster;
    const mcpDefinitionId = await client.createComponent({
      type: 'http_request',
      url: `${farSide.url}/${ENDLESS_MS}/x`,
    });
    endlessId = await client.createWorkflow({
      steps: [
        { id: 'call', uses: { mcp_definition_id: mcpDefinitionId } },
        { id: 'after', uses: { builtin: 'set' }, needs: ['call'], inputs: 1 },
      ],
    });
    waitingId = await client.createWorkflow({
      steps: [
        { id: 'pause', uses: { builtin: 'wait' }, inputs: { seconds: 3600 } },
        { id: 'after', uses: { builtin: 'set' }, needs: ['pause'], inputs: 1 },
      ],
    });
    quickId = await client.createWorkflow({
      steps: [{ id: 'give', uses: { builtin: 'set' }, inputs: '${{ params }}' }],
    });
  });

  afterAll(async () => {
    await cluster.close();
    await farSide.close();
  });

  async function history(runId: string): Promise<StreamEvent[]> {
    const events: StreamEvent[] = [];
    await readStream(cluster.baseUrl, cluster.apiKey, runId, 0, (event) => events.push(event) > 0);
    return events;
  }

  describe('cancel', () => {
    it('reaches a running step on another process, and ends the run', async () => {
      const { client } = cluster;
      const runId = await client.start(endlessId);
      const call = await eventually(() =>
        farSide.calls.find(({ idempotencyKey }) => idempotencyKey === `${runId}:call`),
      );
      const answer = await client.cancel(runId);
      expect(answer.status).toBe(200);
      await eventually(() => call.outcome !== 'open');
      expect(call.outcome).toBe('abandoned');

      const error = { code: 'CANCELLED', message: 'The run was cancelled' };
      expect(await client.ended(runId)).toMatchObject({ status: 'cancelled', error });
      const steps = await client.steps(runId);
      expect(steps.items.map(({ id, status }) => [id, status])).toEqual([
        ['call', 'cancelled'],
        ['after', 'cancelled'],
      ]);
      const events = await history(runId);
      expectGapless(events);
      expectOutcomesOnce(events, steps);
    });

    it('ends a run that waits at once, and tells of its steps as of those that a worker ends', async () => {
      const { client } = cluster;
      const runId = await client.start(waitingId);
      await eventually(async () => (await client.get(runId)).status === 'waiting');
      const answer = await client.cancel(runId);
      expect([answer.status, answer.body.status]).toEqual([200, 'cancelled']);
      const steps = await client.steps(runId);
      const error = { code: 'CANCELLED', message: 'The run ends: The run was cancelled' };
      expect(steps.items).toMatchObject([
        { id: 'pause', status: 'cancelled', error, attempts: [{ attempt: 1, status: 'cancelled' }] },
        { id: 'after', status: 'cancelled', error, attempts: [] },
      ]);
      const events = await history(runId);
      expectGapless(events);
      expectOutcomesOnce(events, steps);
    });

    it('ends a run that has not begun at once, with all of its steps', async () => {
      const { client } = cluster;
      const one = await client.createWorkflow({
        steps: [{ id: 'pause', uses: { builtin: 'wait' }, inputs: { seconds: 3600 } }],
        on_failure: [{ id: 'alert', uses: { builtin: 'set' } }],
        concurrency: { key: '1', max: 1 },
      });
      const first = await client.start(one);
      const second = await client.start(one);
      expect((await client.cancel(second)).body).toMatchObject({ status: 'cancelled', started_at: null });
      expect((await client.steps(second)).items.map(({ id, status }) => [id, status])).toEqual([
        ['pause', 'cancelled'],
        ['alert', 'cancelled'],
      ]);
      const events = await history(second);
      expectGapless(events);
      expect(events.map(({ data }) => [data.step_id, data.status])).toEqual([
        [undefined, 'pending'],
        ['pause', 'cancelled'],
        [undefined, 'cancelled'],
      ]);
      await client.cancel(first);
    });

    it('refuses a run that has ended, and says as what', async () => {
      const { client } = cluster;
      const runId = await client.start(quickId);
      await client.ended(runId);
      const answer = await client.cancel(runId);
      expect([answer.status, answer.body]).toMatchObject([
        409,
        { code: 'CONFLICT', detail: 'The run has already ended: it is succeeded' },
      ]);
      expect((await client.get(runId)).status).toBe('succeeded');
    });

    it('does not know a run that is not there', async () => {
      expect((await cluster.client.cancel('018f9d2c-7f3a-7c11-9a55-0123456789ab')).status).toBe(404);
    });

    it('may be asked twice while the worker is at it', async () => {
      const { client } = cluster;
      const runId = await client.start(endlessId);
      await eventually(() => farSide.calls.some(({ idempotencyKey }) => idempotencyKey === `${runId}:call`));
      const answers = await Promise.all([client.cancel(runId), client.cancel(runId)]);
      // The second may come when the first has already been carried out.
      for (const { status } of answers) expect([200, 409]).toContain(status);
      expect((await client.ended(runId)).status).toBe('cancelled');
      expectGapless(await history(runId));
    });
  });

  it('goes on from the last event where a client of its stream asks for what comes after one that is not there', async () => {
    const { client } = cluster;
    const runId = await client.start(waitingId);
    await eventually(async () => (await client.get(runId)).status === 'waiting');
    const events: StreamEvent[] = [];
    const end = readStream(
      cluster.baseUrl,
      cluster.apiKey,
      runId,
      1_000_000,
      (event) => events.push(event) > 0,
    );
    await client.cancel(runId);
    expect(await end).toEqual({ status: 200, cut: false });
    expect(events.at(-1)?.data).toMatchObject({ status: 'cancelled', terminal: true });
  });

  describe('Idempotency-Key', () => {
    it('gives the same run though the workflow has come to refuse the parameters, or is gone', async () => {
      const { client } = cluster;
      const steps = [{ id: 'give', uses: { builtin: 'set' } }];
      const workflowId = await client.createWorkflow({ steps });
      const body = { workflow_definition_id: workflowId, parameters: { n: 1 } };
      const first = await client.startAnswer(body, 'kept');
      const stricter = { steps, parameters_schema: { required: ['m'] } };
      expect((await client.rest.put(`/workflow-definitions/${workflowId}`, stricter)).status).toBe(200);
      expect((await client.startAnswer(body)).status).toBe(400);
      expect(await client.startAnswer(body, 'kept')).toMatchObject({
        status: 201,
        body: { id: first.body.id },
      });
      expect((await client.rest.delete(`/workflow-definitions/${workflowId}`)).status).toBe(200);
      expect((await client.startAnswer(body)).status).toBe(404);
      expect(await client.startAnswer(body, 'kept')).toMatchObject({
        status: 201,
        body: { id: first.body.id },
      });
    });

    it('gives the same run for the same key and body', async () => {
      const body = { workflow_definition_id: quickId, parameters: { n: 1 } };
      const first = await cluster.client.startAnswer(body, 'same');
      const second = await cluster.client.startAnswer(body, 'same');
      expect([first.status, second.status]).toEqual([201, 201]);
      expect(second.body.id).toBe(first.body.id);
    });

    it('refuses the same key with another body, and starts nothing', async () => {
      await cluster.client.startAnswer({ workflow_definition_id: quickId, parameters: { n: 1 } }, 'other');
      const before = await countRuns();
      const answer = await cluster.client.startAnswer(
        { workflow_definition_id: quickId, parameters: { n: 2 } },
        'other',
      );
      expect([answer.status, answer.body]).toMatchObject([422, { code: 'UNPROCESSABLE' }]);
      expect(await countRuns()).toBe(before);
    });

    it('gives one run to requests that come at the same time', async () => {
      const before = await countRuns();
      const body = { workflow_definition_id: quickId, parameters: { n: 3 } };
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => cluster.client.startAnswer(body, 'at once')),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      expect(new Set(answers.map(({ body: run }) => run.id)).size).toBe(1);
      expect(await countRuns()).toBe(before + 1);
    });

    it('starts a run of its own for each request without a key', async () => {
      const body = { workflow_definition_id: quickId };
      const [first, second] = [
        await cluster.client.startAnswer(body),
        await cluster.client.startAnswer(body),
      ];
      expect(first.body.id).not.toBe(second.body.id);
    });

    async function countRuns(): Promise<number> {
      return (await cluster.client.rest.get<{ total: number }>('/workflow-runs?limit=1')).body.total;
    }
  });
});
