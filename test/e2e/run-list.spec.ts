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
