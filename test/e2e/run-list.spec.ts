import { RunClient } from '../support/run-client';
import { type RunningRest, startRest } from '../support/start-rest';

let running: RunningRest;
let client: RunClient;

beforeAll(async () => {
  running = await startRest();
  client = new RunClient(running.rest);
});

afterAll(async () => {
  await running.app.stop();
});

it('lists runs without their documents, however large, and shows these with each run', async () => {
  const workflowId = await client.createWorkflow({
    steps: [{ id: 'echo', uses: { builtin: 'set' }, inputs: '${{ params }}' }],
  });
  const parameters = { text: 'x'.repeat(100_000) };
  for (let count = 0; count < 3; count += 1) {
    await client.ended(await client.start(workflowId, parameters));
  }
  const list = await running.rest.get<{ items: { id: string }[] }>(
    `/workflow-runs?workflow_definition_id=${workflowId}`,
  );
  expect(list.body).toMatchObject({ total: 3 });
  expect(JSON.stringify(list.body).length).toBeLessThan(2_000);
  for (const { id, ...listed } of list.body.items) {
    expect(await client.get(id)).toEqual({ id, ...listed, parameters, result: { echo: parameters } });
  }
});

it('finds runs by a label with its value, or by its name alone, and refuses what no label can be', async () => {
  const workflowId = await client.createWorkflow({ steps: [{ id: 'nothing', uses: { builtin: 'set' } }] });
  for (const labels of [{ team: 'ops' }, { team: 'web' }, { other: 'ops' }]) {
    await client.startAnswer({ workflow_definition_id: workflowId, labels });
  }
  const list = (label: string) =>
    running.rest.get<{ total?: number; detail?: string }>(
      `/workflow-runs?workflow_definition_id=${workflowId}&label=${encodeURIComponent(label)}`,
    );
  expect((await list('team=ops')).body).toMatchObject({ total: 1 });
  expect((await list('team')).body).toMatchObject({ total: 2 });
  expect((await list('team=')).body).toMatchObject({ total: 0 });
  for (const label of ['=ops', 'team=\0', '\0']) {
    expect(await list(label)).toMatchObject({
      status: 400,
      body: { detail: 'label: must be a name and a value, as in team=ops, or a name alone' },
    });
  }
});
