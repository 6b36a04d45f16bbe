import { Cluster } from '../support/cluster';

function answering(text: string): { type: string; code: string } {
  return { type: 'typescript_script', code: `export default () => '${text}'` };
}

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start(1);
});

afterAll(() => cluster.close());

it('keeps a run on the versions that it started with, whatever happens to the definitions, also in a new worker', async () => {
  const { client } = cluster;
  const { rest } = client;
  const componentId = await client.createComponent(answering('first'));
  const uses = { mcp_definition_id: componentId };
  const workflowId = await client.createWorkflow({
    steps: [
      { id: 'before', uses },
      { id: 'pause', uses: { builtin: 'signal' }, needs: ['before'] },
      { id: 'after', uses, needs: ['pause'] },
    ],
    result: ['${{ steps.before.output }}', '${{ steps.after.output }}'],
  });
  await rest.put(`/mcp-definitions/${componentId}`, { config: answering('second') });
  await rest.post(`/mcp-definitions/${componentId}/versions/1.0.0/make-latest`);
  const runId = await client.start(workflowId);
  await client.progressed(runId, 1);
  await cluster.killWorkers();

  // Nobody drives the run while everything that it was made of changes, and goes.
  await rest.post(`/mcp-definitions/${componentId}/versions/1.1.0/make-latest`);
  await rest.put(`/mcp-definitions/${componentId}`, { config: answering('third') });
  await rest.put(`/workflow-definitions/${workflowId}`, {
    steps: [{ id: 'after', uses: { builtin: 'fail' }, inputs: { message: 'not this one' } }],
  });
  expect((await rest.delete(`/workflow-definitions/${workflowId}`)).status).toBe(200);
  expect((await rest.delete(`/mcp-definitions/${componentId}`)).status).toBe(200);
  await cluster.ensureWorkers(1);
  expect((await rest.post(`/workflow-runs/${runId}/signals/pause`, {})).status).toBe(200);

  expect(await client.ended(runId)).toMatchObject({
    status: 'succeeded',
    result: ['first', 'first'],
    workflow_version: '1.0.0',
  });
});
