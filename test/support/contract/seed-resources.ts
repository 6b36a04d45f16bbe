import { randomUUID } from 'node:crypto';

import { eventually } from '../eventually';
import type { ContractClient } from './contract-client';
import { COLLECTIONS, type KnownIds } from './domain-hints';

const RUNS = '/api/v1/workflow-runs';
const SCHEDULES = '/api/v1/schedules';
const WEBHOOKS = '/api/v1/webhooks';
/** Where their tokens lead. */
const WEBHOOK_ADDRESSES = '/webhooks';
const KEYS = '/api/v1/api-keys';
const SECRETS = '/api/v1/secrets';
const AUDIT_EVENTS = '/api/v1/audit-events';
const COUNT = 3;

const component = { mcp_type: 'http_request', config: { type: 'http_request', url: 'https://example.com/' } };
const workflow = { steps: [{ id: 'first', uses: { builtin: 'set' }, inputs: { ok: true } }] };
/** Nobody listens on the port: a connection is refused at once, on this machine. */
const database = {
  db_type: 'postgresql',
  host: '127.0.0.1',
  port: 1,
  db_name: 'none',
  username: 'nobody',
  password: 'secret',
};

/** What a resource of each collection is made of; names are added. A new collection of the API needs a line here. */
const BODIES: Readonly<Record<string, (known: KnownIds) => object>> = {
  [KEYS]: () => ({ scopes: ['read'] }),
  [COLLECTIONS.components]: () => component,
  [COLLECTIONS.databases]: () => database,
  [COLLECTIONS.workflows]: () => workflow,
  [COLLECTIONS.toolsets]: () => ({ name: `seed-${randomUUID()}` }),
  [SCHEDULES]: (known) => ({
    workflow_definition_id: known[COLLECTIONS.workflows]?.[0],
    cron: '0 3 29 2 *',
    enabled: false,
  }),
  [WEBHOOKS]: (known) => ({
    workflow_definition_id: known[COLLECTIONS.workflows]?.[0],
    rate_limit_per_minute: 6000,
  }),
  // Their names are parts of expressions.
  [SECRETS]: () => ({ name: `SEED_${randomUUID().replaceAll('-', '')}`, value: randomUUID() }),
  [RUNS]: (known) => ({ workflow_definition_id: known[COLLECTIONS.workflows]?.[0] }),
};

interface Created {
  readonly id: string;
  /** Of a webhook: the secret part of its address. */
  readonly token?: string;
}

/** Makes one resource of a collection. */
export async function makeResource(
  client: ContractClient,
  collection: string,
  known: KnownIds = {},
): Promise<string> {
  return (await create(client, collection, known)).id;
}

async function create(client: ContractClient, collection: string, known: KnownIds): Promise<Created> {
  const body = BODIES[collection];
  if (body === undefined) throw new Error(`seed-resources.ts does not know how to make one of ${collection}`);
  const isNamed = collection !== RUNS;
  const answer = await client.call('POST', collection, {
    ...(isNamed && { name: `seed ${randomUUID()}` }),
    ...body(known),
  });
  if (answer.status !== 201) throw new Error(`POST ${collection}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as Created;
}

/** Some of everything, with the runs at their end, so that reading their streams ends too. */
export async function seedResources(
  client: ContractClient,
  collections: ReadonlySet<string>,
): Promise<KnownIds> {
  const known: Record<string, string[]> = {};
  for (const collection of Object.keys(BODIES).filter((each) => collections.has(each))) {
    const made: Created[] = [];
    while (made.length < COUNT) made.push(await create(client, collection, known));
    known[collection] = made.map(({ id }) => id);
    if (collection === WEBHOOKS) {
      known[WEBHOOK_ADDRESSES] = made.map(({ token }) => token).filter((token) => token !== undefined);
    }
  }
  if (collections.has(AUDIT_EVENTS)) known[AUDIT_EVENTS] = await auditEvents(client);
  for (const id of known[RUNS] ?? []) {
    await eventually(async () => {
      const { text } = await client.call('GET', `${RUNS}/${id}`);
      return (JSON.parse(text) as { ended_at: string | null }).ended_at !== null;
    });
  }
  return known;
}

/** Nobody makes them: they tell of what was made above. */
function auditEvents(client: ContractClient): Promise<string[]> {
  return eventually(async () => {
    const { text } = await client.call('GET', AUDIT_EVENTS);
    const { items } = JSON.parse(text) as { items: Created[] };
    return items.length >= COUNT && items.map(({ id }) => id);
  });
}
