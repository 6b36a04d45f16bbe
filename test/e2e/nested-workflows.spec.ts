import { eventually } from '../support/eventually';
import type { RestAnswer } from '../support/rest-client';
import { type Run, RunClient } from '../support/run-client';
import { type SlowServer, startSlowServer } from '../support/slow-server';
import { type RunningRest, startRest } from '../support/start-rest';

interface NestedRun extends Run {
  readonly parent_run_id: string | null;
  readonly parent_step_id: string | null;
  readonly workflow_version: string;
  readonly wake_at: string | null;
}

interface Problem {
  readonly code: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

const set = (id: string, inputs: unknown): object => ({ id, uses: { builtin: 'set' }, inputs });
const nested = (id: string, workflow: string, more: object = {}): object => ({
  id,
  uses: { workflow_definition_id: workflow },
  ...more,
});

/** A whole process starts. */
describe('nested workflows over HTTP', () => {
  let running: RunningRest;
  let client: RunClient;
  let farSide: SlowServer;
  let double: string;

  beforeAll(async () => {
    farSide = await startSlowServer();
    running = await startRest({ env: { EGRESS_ALLOW: 'loopback' } });
    client = new RunClient(running.rest);
    double = await client.createWorkflow({
      parameters_schema: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } },
      steps: [set('only', '${{ params.n * 2 }}')],
      result: '${{ steps.only.output }}',
    });
  });

  afterAll(async () => {
    await running.app.stop();
    await farSide.close();
  });

  async function nestedRuns(parentId: string): Promise<NestedRun[]> {
    const list = await running.rest.get<{ items: NestedRun[] }>(
      `/workflow-runs?parent_run_id=${parentId}&limit=100`,
    );
    return list.body.items;
  }

  async function runOf(steps: object[], parameters: object = {}, more: object = {}): Promise<string> {
    return client.start(await client.createWorkflow({ ...more, steps }), parameters);
  }

  function save(steps: object[], id?: string): Promise<RestAnswer<Problem>> {
    const body = { name: `saved ${Math.random()}`, steps };
    return id === undefined
      ? running.rest.post<Problem>('/workflow-definitions', body)
      : running.rest.put<Problem>(`/workflow-definitions/${id}`, body);
  }

  it('give their result to the step that calls them, from a run of their own', async () => {
    const id = await runOf([nested('sub', double, { inputs: { n: '${{ params.n + 1 }}' } })], { n: 3 });
    expect(await client.ended(id)).toMatchObject({ status: 'succeeded', result: { sub: 8 } });
    const [child] = await nestedRuns(id);
    expect(child).toMatchObject({
      status: 'succeeded',
      parent_run_id: id,
      parent_step_id: 'sub',
    });
    const related = await running.rest.get(`/entities/workflow_run/${child?.id}?relationship=nested_in`);
    expect([related.status, JSON.stringify(related.body)]).toEqual([200, expect.stringContaining(id)]);
  });

  it('run once for each item, in order', async () => {
    const id = await runOf([
      nested('each', double, {
        for_each: { items: '[1, 2, 3, 4, 5, 6, 7]', max_parallel: 3 },
        inputs: { n: '${{ item }}' },
      }),
    ]);
    expect(await client.ended(id)).toMatchObject({ result: { each: [2, 4, 6, 8, 10, 12, 14] } });
    expect(await nestedRuns(id)).toHaveLength(7);
  });

  it('fail their step as they fail, each attempt with a run of its own', async () => {
    const broken = await client.createWorkflow({
      steps: [{ id: 'no', uses: { builtin: 'fail' }, inputs: { message: 'not today' } }],
    });
    const retry = { max_attempts: 3, initial_ms: 1 };
    const id = await runOf([nested('sub', broken, { retry })]);
    const run = await client.ended(id);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'STEP_FAILED', step_id: 'sub' } });
    expect(JSON.stringify(run.error)).toContain('not today');
    expect(await nestedRuns(id)).toHaveLength(3);
  });

  it('refuse parameters that break their schema, without a run', async () => {
    const id = await runOf([nested('sub', double, { inputs: { n: '${{ params.n }}' } })], { n: 'three' });
    expect(await client.ended(id)).toMatchObject({ status: 'failed', error: { code: 'INVALID_INPUT' } });
    expect(await nestedRuns(id)).toEqual([]);
  });

  it('refuse constant parameters that break their schema when the workflow that gives them is saved', async () => {
    const free = await client.createWorkflow({ steps: [set('only', 1)] });
    const steps = [
      nested('wrong', double, { inputs: { n: 'three' } }),
      nested('missing', double),
      nested('computed', double, { inputs: { n: '${{ params.n }}' } }),
      nested('free', free, { inputs: { n: 'three' } }),
    ];
    const answer = await save(steps);
    expect([answer.status, answer.body.errors]).toEqual([
      400,
      [
        { path: 'steps[0].inputs.n', message: 'must be integer, not string' },
        { path: 'steps[1].inputs.n', message: 'is required' },
      ],
    ]);
    expect((await save(steps.slice(2))).status).toBe(201);
  });

  it('hold no worker while they wait, and are woken by a signal far below', async () => {
    const waiting = await client.createWorkflow({ steps: [{ id: 'go', uses: { builtin: 'signal' } }] });
    const middle = await client.createWorkflow({ steps: [nested('inner', waiting)] });
    const id = await runOf([nested('outer', middle)]);
    const [inMiddle, inWaiting] = await eventually(async () => {
      const [first] = await nestedRuns(id);
      const [second] = first === undefined ? [] : await nestedRuns(first.id);
      const all = [await client.get(id), first, second];
      return all.every((run) => run?.status === 'waiting') && first && second ? [first, second] : null;
    });
    await running.rest.post(`/workflow-runs/${inWaiting.id}/signals/go`, { hello: 1 });
    expect(await client.ended(id)).toMatchObject({ result: { outer: { inner: { go: { hello: 1 } } } } });
    expect((await client.get(inMiddle.id)).status).toBe('succeeded');
  });

  it('are cancelled with the run that calls them, down to a request that is under way', async () => {
    const component = await client.createComponent({ type: 'http_request', url: `${farSide.url}/600000/x` });
    const slow = await client.createWorkflow({
      steps: [{ id: 'slow', uses: { mcp_definition_id: component } }],
    });
    const middle = await client.createWorkflow({ steps: [nested('inner', slow)] });
    const id = await runOf([nested('outer', middle)]);
    const leaf = await eventually(async () => {
      const [first] = await nestedRuns(id);
      const [second] = first === undefined ? [] : await nestedRuns(first.id);
      if (second === undefined) return null;
      return farSide.calls.length > 0 ? second : null;
    });
    await eventually(async () => (await client.get(id)).status === 'waiting');
    expect((await client.cancel(id)).body).toMatchObject({ status: 'cancelled' });
    const error = { code: 'CANCELLED', message: 'The run that this one is nested in has ended' };
    expect(await client.ended(leaf.id)).toMatchObject({ status: 'cancelled', error });
    const [inMiddle] = await nestedRuns(id);
    expect(inMiddle).toMatchObject({ status: 'cancelled', error });
    expect((await client.get(id)).error).toMatchObject({ message: 'The run was cancelled' });
    await eventually(() => farSide.calls.every(({ outcome }) => outcome === 'abandoned'));
    expect(farSide.calls).toHaveLength(1);
  });

  it('are cancelled when their step runs out of time', async () => {
    const waiting = await client.createWorkflow({ steps: [{ id: 'go', uses: { builtin: 'signal' } }] });
    const retry = { max_attempts: 2, initial_ms: 1 };
    const id = await runOf([nested('sub', waiting, { timeout_seconds: 0.5, retry })]);
    expect(await client.ended(id)).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT' } });
    const newestFirst = await nestedRuns(id);
    const ends = await Promise.all(newestFirst.map((run) => client.ended(run.id)));
    expect(ends.map(({ status, error }) => [status, error])).toEqual([
      ['cancelled', { code: 'CANCELLED', message: 'The run that this one is nested in has ended' }],
      ['cancelled', { code: 'CANCELLED', message: 'The step that called this run no longer waits for it' }],
    ]);
  });

  it('fail their step when they are cancelled themselves', async () => {
    const waiting = await client.createWorkflow({ steps: [{ id: 'go', uses: { builtin: 'signal' } }] });
    const id = await runOf([nested('sub', waiting, { retry: { max_attempts: 5 } })]);
    const child = await eventually(async () => (await nestedRuns(id))[0] ?? null);
    await client.cancel(child.id);
    expect(await client.ended(id)).toMatchObject({
      status: 'failed',
      error: { code: 'CANCELLED', message: 'The nested run was cancelled: The run was cancelled' },
    });
    expect(await nestedRuns(id)).toHaveLength(1);
  });

  it('stay at the version that was the latest when the outermost run started', async () => {
    const inner = await client.createWorkflow({ steps: [set('v', 1)], result: 'old' });
    const middle = await client.createWorkflow({
      steps: [{ id: 'go', uses: { builtin: 'signal' } }, nested('inner', inner, { needs: ['go'] })],
    });
    const id = await runOf([nested('outer', middle)]);
    const child = await eventually(async () => (await nestedRuns(id))[0] ?? null);
    await save([set('v', 2)], inner);
    await running.rest.post(`/workflow-runs/${child.id}/signals/go`, {});
    expect(await client.ended(id)).toMatchObject({ result: { outer: { inner: 'old' } } });
  });

  it('are called again, or their result taken over, by a rerun', async () => {
    const id = await runOf([
      nested('first', double, { inputs: { n: 1 } }),
      nested('second', double, { inputs: { n: '${{ steps.first.output }}' } }),
    ]);
    await client.ended(id);
    const again = await running.rest.post<Run>(`/workflow-runs/${id}/rerun`, { from_step: 'second' });
    expect(await client.ended(again.body.id)).toMatchObject({ result: { second: 4 } });
    expect((await nestedRuns(again.body.id)).map((run) => run.parent_step_id)).toEqual(['second']);
  });

  it('are not nested in a circle, at whichever level', async () => {
    const a = await client.createWorkflow({ steps: [set('x', 1)] });
    const b = await client.createWorkflow({ steps: [nested('a', a)] });
    const c = await client.createWorkflow({ steps: [nested('b', b)] });
    const refused = await save([nested('back', c)], a);
    expect([refused.status, refused.body]).toMatchObject([
      400,
      {
        errors: [
          {
            path: 'steps[0].uses.workflow_definition_id',
            message: expect.stringContaining('circle') as string,
          },
        ],
      },
    ]);
    const unknown = await save([nested('x', '018f9d2c-7f3a-7c11-9a55-0123456789ab')]);
    expect([unknown.status, unknown.body.errors?.[0]?.path]).toEqual([
      400,
      'steps[0].uses.workflow_definition_id',
    ]);
  });

  it.each([2, 3])('are not nested in a circle by %i changes at the same moment', async (size) => {
    for (let round = 0; round < 8; round++) {
      const ids = await Promise.all(
        Array.from({ length: size }, () => client.createWorkflow({ steps: [set('x', 1)] })),
      );
      // Each calls the next one, the last one the first.
      const answers = await Promise.all(
        ids.map((id, index) => save([nested('next', ids[(index + 1) % size] ?? '')], id)),
      );
      const refused = answers.filter(({ status }) => status !== 200);
      expect(refused.map(({ status, body }) => [status, body.errors?.[0]?.path])).toEqual([
        [400, 'steps[0].uses.workflow_definition_id'],
      ]);
      const starts = await Promise.all(ids.map((id) => client.startAnswer({ workflow_definition_id: id })));
      expect(starts.map(({ status }) => status)).toEqual(ids.map(() => 201));
    }
  });

  it('are not nested deeper by a change further down than a workflow above it may nest', async () => {
    let top = await client.createWorkflow({ steps: [set('x', 1)] });
    const bottom = top;
    for (let level = 1; level < 5; level++)
      top = await client.createWorkflow({ steps: [nested('sub', top)] });
    const outermost = await client.createWorkflow({ name: 'outermost', steps: [nested('sub', top)] });
    const further = await client.createWorkflow({ steps: [set('x', 1)] });
    const refused = await save([nested('sub', further)], bottom);
    expect([refused.status, refused.body.errors]).toEqual([
      400,
      [{ path: 'steps', message: expect.stringContaining('"outermost", which calls this one') as string }],
    ]);
    expect((await running.rest.delete(`/workflow-definitions/${outermost}`)).status).toBe(200);
    expect((await save([nested('sub', further)], bottom)).status).toBe(200);
  });

  it('are kept from being deleted while a workflow calls them', async () => {
    const used = await client.createWorkflow({ steps: [set('x', 1)] });
    const user = await client.createWorkflow({ steps: [nested('sub', used)] });
    const refused = await running.rest.delete(`/workflow-definitions/${used}`);
    expect([refused.status, refused.body]).toMatchObject([
      409,
      { users: [{ type: 'workflow_definition', id: user }] },
    ]);
    expect((await running.rest.delete(`/workflow-definitions/${user}`)).status).toBe(200);
    expect((await running.rest.delete(`/workflow-definitions/${used}`)).status).toBe(200);
  });
});
