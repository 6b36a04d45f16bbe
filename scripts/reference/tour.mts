import { eventually } from '../../bench/support/eventually.mts';
import { McpCaller } from '../../bench/support/mcp-caller.mts';
import type { Made, Recorder } from './recorder.mts';

/** What the tour finds around the program. */
export interface Surroundings {
  /** Where the program itself listens: an address that a component may call. */
  readonly baseUrl: string;
  /** An MCP server. */
  readonly mcpUrl: string;
  /** A database file with tables, below DATA_DIR/sqlite. */
  readonly sqliteFile: string;
}

interface Run extends Made {
  readonly status: string;
}

/**
 * Calls every operation of the API once, as the user of a small shop might: what is recorded on the way are the
 * examples of docs/api-reference.md. The first call of an operation is the one that the page shows.
 */
export async function tour(api: Recorder, around: Surroundings): Promise<void> {
  for (const probe of ['getHealth', 'getLiveness', 'getReadiness', 'getStartup']) {
    await api.call(probe, { headers: {} });
  }
  await secrets(api);
  const component = await components(api, around);
  const workflow = await workflows(api, component);
  const run = await runs(api, workflow, component);
  await triggers(api, workflow);
  await toolsets(api);
  await databases(api, around);
  await keysAndSessions(api);
  await importAndExport(api);
  await audit(api);
  await api.call('getDashboardSummary');
  await api.call('getEntity', { path: { entity_type: 'workflow_run', entity_id: run } });
  await api.call('getMetrics');
  await api.call('getMetricsSummary');
}

async function secrets(api: Recorder): Promise<void> {
  const body = { name: 'SHOP_TOKEN', description: 'Reads orders', value: 'a-token-of-the-shop' };
  const { id } = await api.call('createSecret', { body });
  const path = { secret_id: id };
  await api.call('listSecrets');
  await api.call('getSecret', { path });
  await api.call('updateSecret', { path, body: { value: 'the-next-token' } });
  const unused = await api.call('createSecret', { body: { name: 'UNUSED', value: 'nothing refers to it' } });
  await api.call('deleteSecret', { path: { secret_id: unused.id } });
}

/** @returns the id of an http_request component */
async function components(api: Recorder, { baseUrl, mcpUrl }: Surroundings): Promise<string> {
  await api.call('listMcpTypes');
  const config = {
    type: 'http_request',
    url: `${baseUrl}/health`,
    headers: { Authorization: 'Bearer ${{ secrets.SHOP_TOKEN }}' },
  };
  const { id } = await api.call('createMcpDefinition', {
    body: { name: 'shop-health', description: 'Whether the shop is up', mcp_type: 'http_request', config },
  });
  const path = { definition_id: id };
  await api.call('listMcpDefinitions', { query: { limit: '1' } });
  await api.call('updateMcpDefinition', {
    path,
    body: { labels: { team: 'shop' }, config: { ...config, timeout_seconds: 5 } },
  });
  await api.call('createMcpVersion', { path, body: { config, version: '2.0.0' } });
  await api.call('getMcpDefinition', { path });
  await api.call('listMcpVersions', { path, query: { limit: '2' } });
  await api.call('getMcpVersion', { path: { ...path, version: '2.0.0' } });
  await api.call('diffMcpVersions', { path: { ...path, version: '1.1.0' }, query: { against: '1.0.0' } });
  await api.call('makeMcpVersionLatest', { path: { ...path, version: '1.0.0' } });

  const server = await api.call('createMcpDefinition', {
    body: {
      name: 'talk',
      mcp_type: 'mcp_server',
      config: { type: 'mcp_server', transport: 'streamable_http', url: mcpUrl },
    },
  });
  await api.call('testMcpDefinition', { path: { definition_id: server.id } });
  await api.call('listMcpTools', { path: { definition_id: server.id } });
  await api.call('acceptMcpTools', { path: { definition_id: server.id }, body: { tools: ['say'] } });
  // An AI client calls the tool at the MCP endpoint: the audit log tells of it.
  const client = await McpCaller.connect(`${baseUrl}/mcp`, 'talk__say', api.authorization);
  await client.call();
  await client.close();
  await api.call('deleteMcpDefinition', { path: { definition_id: server.id } });
  return id;
}

/** @returns the id of a workflow that calls the component and waits for an approval where it is told to */
async function workflows(api: Recorder, component: string): Promise<string> {
  const spec = {
    parameters_schema: {
      type: 'object',
      properties: { day: { type: 'string' }, ask: { type: 'boolean' } },
      required: ['day'],
    },
    steps: [
      { id: 'health', uses: { mcp_definition_id: component } },
      { id: 'approve', uses: { builtin: 'approval' }, needs: ['health'], when: 'params.?ask.orValue(false)' },
      {
        id: 'greet',
        uses: { builtin: 'set' },
        needs: ['health'],
        for_each: { items: '["Ada", "Grace"]', max_parallel: 1 },
        inputs: { text: 'Good ${{ params.day }}, ${{ item }}' },
      },
    ],
    result: '${{ steps.greet.output }}',
  };
  const body = { name: 'greet-the-shop', description: 'Greets who works there', ...spec };
  await api.call('validateWorkflowDefinition', { body });
  const { id } = await api.call('createWorkflowDefinition', { body });
  const path = { definition_id: id };
  await api.call('listWorkflowDefinitions', { query: { limit: '1' } });
  await api.call('updateWorkflowDefinition', { path, body: { labels: { team: 'shop' } } });
  await api.call('createWorkflowVersion', {
    path,
    body: { ...spec, timeout_seconds: 600, version: '1.1.0' },
  });
  await api.call('getWorkflowDefinition', { path });
  await api.call('listWorkflowVersions', { path, query: { limit: '1' } });
  await api.call('getWorkflowVersion', { path: { ...path, version: '1.0.0' } });
  await api.call('diffWorkflowVersions', {
    path: { ...path, version: '1.1.0' },
    query: { against: '1.0.0' },
  });
  await api.call('makeWorkflowVersionLatest', { path: { ...path, version: '1.0.0' } });
  const unused = await api.call('createWorkflowDefinition', {
    body: { name: 'unused', steps: [{ id: 'first', uses: { builtin: 'set' } }] },
  });
  await api.call('deleteWorkflowDefinition', { path: { definition_id: unused.id } });
  return id;
}

/** @returns the id of an ended run */
async function runs(api: Recorder, workflow: string, component: string): Promise<string> {
  const start = (parameters: object): Promise<Made> =>
    api.call('startWorkflowRun', {
      headers: { ...api.authorization, 'Idempotency-Key': crypto.randomUUID() },
      body: { workflow_definition_id: workflow, parameters },
    });
  const { id } = await start({ day: 'morning' });
  const path = { run_id: id };
  await until('succeeded', api, id);
  await api.call('getWorkflowRun', { path });
  await api.call('listWorkflowRunSteps', { path });
  await api.call('listWorkflowRunStepItems', { path: { ...path, step_id: 'greet' } });
  await api.call('streamWorkflowRun', { path });
  const again = await api.call('rerunWorkflowRun', { path, body: { from_step: 'greet' } });
  await until('succeeded', api, again.id);

  const asked = await start({ day: 'evening', ask: true });
  await until('waiting', api, asked.id);
  await api.call('signalWorkflowRun', {
    path: { run_id: asked.id, name: 'approve' },
    body: { decision: 'approve', comment: 'Go on' },
  });
  await until('succeeded', api, asked.id);
  const waiting = await start({ day: 'night', ask: true });
  await until('waiting', api, waiting.id);
  await api.call('cancelWorkflowRun', { path: { run_id: waiting.id } });
  await until('cancelled', api, waiting.id);
  await api.call('listWorkflowRuns', { query: { status: 'succeeded', limit: '1' } });
  await api.call('invokeMcpDefinition', {
    path: { definition_id: component },
    body: { inputs: {}, wait_seconds: 10 },
  });
  return id;
}

/** Waits until a run is in a state. */
async function until(status: string, api: Recorder, id: string): Promise<void> {
  await eventually(async () => (await api.get<Run>(`/api/v1/workflow-runs/${id}`)).status === status);
}

async function triggers(api: Recorder, workflow: string): Promise<void> {
  const parameters = { day: 'morning' };
  const schedule = await api.call('createSchedule', {
    body: { name: 'every-morning', workflow_definition_id: workflow, parameters, cron: '30 6 * * *' },
  });
  const path = { schedule_id: schedule.id };
  await api.call('listSchedules');
  await api.call('getSchedule', { path });
  await api.call('updateSchedule', { path, body: { overlap: 'queue' } });
  await api.call('pauseSchedule', { path });
  await api.call('resumeSchedule', { path });
  await api.call('deleteSchedule', { path });

  const webhook = await api.call<Made & { token: string }>('createWebhook', {
    body: { name: 'shop-opened', workflow_definition_id: workflow },
  });
  await api.call('postToWebhook', { path: { token: webhook.token }, headers: {}, body: parameters });
  const at = { webhook_id: webhook.id };
  await api.call('listWebhooks');
  await api.call('getWebhook', { path: at });
  await api.call('updateWebhook', { path: at, body: { rate_limit_per_minute: 10 } });
  await api.call('rotateWebhookToken', { path: at });
  await api.call('deleteWebhook', { path: at });
}

async function toolsets(api: Recorder): Promise<void> {
  const { id } = await api.call('createToolset', {
    body: { name: 'shop', description: 'What the shop may use', allow: ['shop-*'] },
  });
  const path = { toolset_id: id };
  await api.call('listToolsets');
  await api.call('getToolset', { path });
  await api.call('updateToolset', { path, body: { deny: ['shop-health'] } });
  await api.call('deleteToolset', { path });
}

async function importAndExport(api: Recorder): Promise<void> {
  const document = await api.call<object>('exportConfiguration');
  await api.call('importConfiguration', { query: { dry_run: 'true' }, body: document });
  const { id } = await api.call('createToolset', { body: { name: 'support' } });
  await api.call('exportEndpointMcpJson', { query: { client: 'cursor', toolset: 'support' } });
  await api.call('deleteToolset', { path: { toolset_id: id } });
  await api.call('importMcpJson', {
    query: { dry_run: 'true' },
    body: {
      mcpServers: {
        issues: {
          type: 'http',
          url: 'https://issues.example.com/mcp',
          headers: { Authorization: 'Bearer a-token-of-the-shop' },
        },
      },
    },
  });
  await api.call('exportMcpJson', { query: { client: 'vscode' } });
  const remote = await api.call('createMcpDefinition', {
    body: {
      name: 'weather',
      description: 'Forecasts',
      mcp_type: 'mcp_server',
      config: { type: 'mcp_server', transport: 'streamable_http', url: 'https://weather.example.com/mcp' },
    },
  });
  const server = await api.call<object>('exportServerJson', { query: { name: 'weather' } });
  await api.call('importServerJson', { query: { dry_run: 'true', name: 'forecasts' }, body: server });
  await api.call('deleteMcpDefinition', { path: { definition_id: remote.id } });
}

async function databases(api: Recorder, { sqliteFile }: Surroundings): Promise<void> {
  const { id } = await api.call('createExternalDbConfig', {
    body: { name: 'shop', db_type: 'sqlite', db_name: sqliteFile },
  });
  const path = { config_id: id };
  await api.call('listExternalDbConfigs');
  await api.call('getExternalDbConfig', { path });
  await api.call('updateExternalDbConfig', { path, body: { description: 'Orders and their customers' } });
  await api.call('testExternalDbConfig', { path });
  await api.call('getExternalDbSchema', { path, query: { table: 'orders' } });
  await api.call('queryExternalDb', {
    path,
    body: { sql: 'SELECT id, total FROM orders WHERE total > :least ORDER BY id', parameters: { least: 10 } },
  });
  await api.call('deleteExternalDbConfig', { path });
}

async function keysAndSessions(api: Recorder): Promise<void> {
  const { id, key } = await api.call<Made & { key: string }>('createApiKey', {
    body: { name: 'shop', scopes: ['read', 'run'] },
  });
  const path = { key_id: id };
  await api.call('listApiKeys', { query: { limit: '1' } });
  await api.call('getApiKey', { path });
  const { token } = await api.call<{ token: string }>('beginSession', {
    headers: { 'X-API-Key': key },
    body: {},
  });
  const headers = { Authorization: `Bearer ${token}` };
  await api.call('getSession', { headers });
  await api.call('refreshSession', { headers });
  await api.call('endSession', { headers });
  await api.call('endAllSessions');
  await api.call('rotateApiKey', { path, body: { grace_seconds: 3600 } });
  await api.call('deleteApiKey', { path });
}

async function audit(api: Recorder): Promise<void> {
  // The events of what was done just now are written together, a moment later.
  const found = await eventually(async () => {
    const { items } = await api.get<{ items: Made[] }>('/api/v1/audit-events?action=tool.call');
    return items[0];
  });
  await api.call('listAuditEvents', { query: { action: 'tool.call', limit: '1' } });
  await api.call('getAuditEvent', { path: { event_id: found.id } });
  await api.call('exportAuditEvents', { query: { action: 'tool.call' } });
}
