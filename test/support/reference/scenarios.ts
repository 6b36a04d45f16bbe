import { randomUUID } from 'node:crypto';

import type { RestClient } from '../rest-client';

/** A call of an endpoint of the reference: what is put into its path, and its body. */
export interface Call {
  readonly path: string;
  readonly body?: object;
}

/** Makes, by the API itself, whatever a call needs. */
export type Scenario = (rest: RestClient) => Call | Promise<Call>;

interface Created {
  readonly id: string;
}

async function create(rest: RestClient, path: string, body: object): Promise<string> {
  const answer = await rest.post<Created>(path, body);
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}

const definition = (): object => ({
  name: `reference ${randomUUID()}`,
  description: 'Of the reference',
  mcp_type: 'http_request',
  config: { type: 'http_request', url: 'https://example.com/' },
});

const database = (): object => ({
  name: `reference ${randomUUID()}`,
  db_type: 'postgresql',
  host: '127.0.0.1',
  port: 1,
  db_name: 'none',
  username: 'nobody',
  password: 'secret',
});

const newDefinition = (rest: RestClient): Promise<string> => create(rest, '/mcp-definitions', definition());

async function runRequest(rest: RestClient): Promise<object> {
  const workflow = await create(rest, '/workflow-definitions', {
    name: `reference ${randomUUID()}`,
    steps: [{ id: 'first', uses: { builtin: 'set' }, inputs: { ok: true } }],
  });
  return { workflow_definition_id: workflow, parameters: { day: 'monday' } };
}

const newRun = async (rest: RestClient): Promise<string> =>
  create(rest, '/workflow-runs', await runRequest(rest));

/** One call for each endpoint of the contract, by its name there. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'GET /health': () => ({ path: '/health' }),
  'GET /mcp-definitions': async (rest) => {
    await newDefinition(rest);
    return { path: '/mcp-definitions' };
  },
  'POST /mcp-definitions': () => ({ path: '/mcp-definitions', body: definition() }),
  'GET /mcp-definitions/{definition_id}': async (rest) => ({
    path: `/mcp-definitions/${await newDefinition(rest)}`,
  }),
  'PUT /mcp-definitions/{definition_id}': async (rest) => ({
    path: `/mcp-definitions/${await newDefinition(rest)}`,
    body: { name: `changed ${randomUUID()}`, description: 'Changed' },
  }),
  'DELETE /mcp-definitions/{definition_id}': async (rest) => ({
    path: `/mcp-definitions/${await newDefinition(rest)}`,
  }),
  'POST /workflow-runs': async (rest) => ({ path: '/workflow-runs', body: await runRequest(rest) }),
  'GET /workflow-runs/{run_id}': async (rest) => ({ path: `/workflow-runs/${await newRun(rest)}` }),
  'GET /workflow-runs/{run_id}/stream': async (rest) => ({
    path: `/workflow-runs/${await newRun(rest)}/stream`,
  }),
  'GET /external-db-configs': async (rest) => {
    await create(rest, '/external-db-configs', database());
    return { path: '/external-db-configs' };
  },
  'POST /external-db-configs': () => ({ path: '/external-db-configs', body: database() }),
  'GET /dashboard/summary': async (rest) => {
    await newRun(rest);
    return { path: '/dashboard/summary' };
  },
  'GET /entities/{entity_type}/{entity_id}': async (rest) => ({
    path: `/entities/mcp_definition/${await newDefinition(rest)}`,
  }),
  'GET /api-keys': () => ({ path: '/api-keys' }),
  'POST /api-keys': () => ({ path: '/api-keys', body: { name: 'reference' } }),
  'DELETE /api-keys/{key_id}': async (rest) => ({
    path: `/api-keys/${await create(rest, '/api-keys', { name: 'to be deleted' })}`,
  }),
  'GET /metrics': () => ({ path: '/metrics' }),
  'GET /metrics/summary': () => ({ path: '/metrics/summary' }),
};
