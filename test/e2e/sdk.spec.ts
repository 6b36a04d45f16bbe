import {
  createClient,
  createConfig,
  createMcpDefinition,
  createWorkflowDefinition,
  deleteMcpDefinition,
  getMcpDefinition,
  getWorkflowRun,
  listMcpDefinitions,
  startWorkflowRun,
  streamWorkflowRun,
  type Client,
} from '../../sdk/dist/index.js';
import { type RunningRest, startRest } from '../support/start-rest';

describe('the generated client', () => {
  let running: RunningRest;
  let client: Client;

  beforeAll(async () => {
    running = await startRest();
    client = createClient(createConfig({ baseUrl: running.app.baseUrl, auth: running.key }));
  });

  afterAll(async () => {
    await running.app.stop();
  });

  const config = { type: 'typescript_script', code: 'export default ({ n }) => n + 1' } as const;

  it('creates, lists, gets and deletes', async () => {
    const created = await createMcpDefinition({
      client,
      throwOnError: true,
      body: { name: 'by the client', mcp_type: 'typescript_script', config },
    });
    expect(created.response.status).toBe(201);
    const { id } = created.data;
    const listed = await listMcpDefinitions({ client, throwOnError: true, query: { search: 'by the' } });
    expect(listed.data).toMatchObject({ total: 1, items: [{ id, latest_version: { config } }] });
    const path = { definition_id: id };
    expect((await getMcpDefinition({ client, throwOnError: true, path })).data.name).toBe('by the client');
    expect((await deleteMcpDefinition({ client, path })).response?.status).toBe(200);
  });

  it('gives errors as values with their code', async () => {
    const path = { definition_id: '018f9d2c-7f3a-7c11-9a55-0123456789ab' };
    const { data, error } = await getMcpDefinition({ client, path });
    expect(data).toBeUndefined();
    expect(error).toMatchObject({ code: 'NOT_FOUND', detail: 'Resource not found' });
  });

  it('starts a run and follows its events to the end', async () => {
    const workflow = await createWorkflowDefinition({
      client,
      throwOnError: true,
      body: {
        name: 'by the client',
        steps: [{ id: 'double', uses: { builtin: 'set' }, inputs: { n: '${{ params.n * 2 }}' } }],
        result: '${{ steps.double.output.n }}',
      },
    });
    const run = await startWorkflowRun({
      client,
      throwOnError: true,
      body: { workflow_definition_id: workflow.data.id, parameters: { n: 21 } },
    });
    const path = { run_id: run.data.id };
    const ids: string[] = [];
    const { stream } = await streamWorkflowRun({
      client,
      path,
      // The server has nothing to add after the last event, and says so.
      sseMaxRetryAttempts: 1,
      onSseEvent: ({ id }) => {
        if (id !== undefined) ids.push(id);
      },
    });
    const events: unknown[] = [];
    for await (const event of stream) events.push(event);
    expect(events.at(-1)).toMatchObject({ status: 'succeeded', terminal: true });
    expect(ids).toEqual(ids.map((_id, index) => String(index + 1)));
    expect((await getWorkflowRun({ client, throwOnError: true, path })).data.result).toBe(42);
  });
});
