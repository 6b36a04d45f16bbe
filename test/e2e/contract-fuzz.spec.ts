import { METHODS } from 'node:http';

import fc from 'fast-check';

import { ApiDocument, type Operation } from '../support/contract/api-document';
import { casesOf } from '../support/contract/case-arbitrary';
import { faultOf, SCOPE_FREE, STATEFUL } from '../support/contract/checks';
import { type ContractCase, toCurl } from '../support/contract/contract-case';
import { ContractClient } from '../support/contract/contract-client';
import type { KnownIds } from '../support/contract/domain-hints';
import { explore, inParallel } from '../support/contract/explore';
import { UNKNOWN_ID } from '../support/contract/path-values';
import { makeResource, seedResources } from '../support/contract/seed-resources';
import { generateApiKey } from '../../src/api-keys/api-key-format';
import { type RunningRest, startRest } from '../support/start-rest';

/** Printed with every run; set CONTRACT_SEED to repeat one. In CI always the same: a change is judged by itself. */
const CI_SEED = 20261123;
const SEED = Number(
  process.env['CONTRACT_SEED'] ??
    (process.env['CI'] === undefined ? Math.floor(Math.random() * 2 ** 31) : CI_SEED),
);
/** What a run of CI must have sent. */
const LEAST_REQUESTS = 5000;
const SIDE_BY_SIDE = 8;

/**
 * Every operation of the served OpenAPI document under generated requests. The checks and their names are those of
 * Schemathesis (https://schemathesis.readthedocs.io/en/stable/reference/checks/).
 */
describe(`the contract, CONTRACT_SEED=${SEED}`, () => {
  let running: RunningRest;
  let client: ContractClient;
  let api: ApiDocument;
  let known: KnownIds;

  beforeAll(async () => {
    running = await startRest();
    client = new ContractClient(running.app.baseUrl, running.key, (self, collection) =>
      makeResource(self, collection, known),
    );
    const { text } = await client.call('GET', '/api/v1/openapi.json');
    api = new ApiDocument(JSON.parse(text) as object);
    known = await seedResources(client, new Set(api.operations.map(({ path }) => path)));
  });

  afterAll(async () => {
    await client.close();
    await running.app.stop();
    process.stdout.write(`contract fuzz: ${client.sent} requests, CONTRACT_SEED=${SEED}\n`);
  });

  /** The smallest valid request of an operation. */
  function exampleOf(operation: Operation): ContractCase {
    const cases = casesOf({ api, operation, known }, 'valid');
    const [example] = cases === null ? [] : fc.sample(cases, { seed: SEED, numRuns: 1 });
    if (example === undefined) throw new Error(`No request for ${operation.id}`);
    return example;
  }

  /** Tries something of each item; gives what was found. */
  async function ofEach<Item>(
    items: readonly Item[],
    fault: (item: Item) => Promise<string | null>,
  ): Promise<string[]> {
    const tasks = items.map((item) => () => fault(item));
    return (await inParallel(tasks, SIDE_BY_SIDE)).filter((found) => found !== null);
  }

  it('is kept by every operation for valid, plausible and invalid requests', async () => {
    const kinds = 3;
    const runs = Math.ceil((LEAST_REQUESTS * 1.3) / (api.operations.length * kinds));
    expect(await explore({ api, client, known, seed: SEED, runs })).toEqual([]);
    expect(client.sent).toBeGreaterThanOrEqual(LEAST_REQUESTS);
  });

  it('refuses every undocumented method of a path with 405 and the documented ones in Allow (unsupported_method)', async () => {
    const paths = [...new Set(api.operations.map(({ path }) => path))];
    const found = await ofEach(paths, async (path) => {
      const target = path.replaceAll(/\{\w+\}/g, UNKNOWN_ID);
      const methods = api.operations.filter((each) => matches(each.path, target)).map(({ method }) => method);
      const allowed = [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : [])])].toSorted();
      for (const method of METHODS.filter((each) => ![...allowed, 'OPTIONS', 'CONNECT'].includes(each))) {
        const { status, headers } = await client.call(method, target);
        if (status !== 405 || headers['allow'] !== allowed.join(', ')) {
          return `${method} ${target}: ${status}, Allow: ${headers['allow'] ?? 'none'} for ${allowed.join(', ')}`;
        }
      }
      return null;
    });
    expect(found).toEqual([]);
  });

  it('asks every operation for a key, and takes no wrong one (ignored_auth)', async () => {
    const found = await ofEach(
      api.operations.filter(({ needsKey }) => needsKey),
      async (operation) => {
        for (const key of [null, 'mcp_nonsense', `${running.key.slice(0, -1)}#`, generateApiKey()]) {
          const request: ContractCase = { ...exampleOf(operation), kind: 'plausible' };
          const answer = await client.send(request, key);
          const fault = faultOf({ api, operation, request, answer });
          if (fault !== null) return fault;
          const { detail } = JSON.parse(answer.text) as { detail?: string };
          if (answer.status !== 401 || detail !== 'Invalid API key') {
            return `${operation.id} with the key ${key ?? '(none)'}: ${answer.status} ${answer.text}`;
          }
        }
        return null;
      },
    );
    expect(found).toEqual([]);
  });

  it('refuses a key without the scope that an operation needs', async () => {
    const { text } = await client.call('POST', '/api/v1/api-keys', { name: 'no use', scopes: ['code'] });
    const { key } = JSON.parse(text) as { key: string };
    const found = await ofEach(
      api.operations.filter(({ id, needsKey }) => needsKey && !SCOPE_FREE.has(id)),
      async (operation) => {
        const request: ContractCase = { ...exampleOf(operation), kind: 'plausible' };
        const answer = await client.send(request, key);
        const { detail } = JSON.parse(answer.text) as { detail?: string };
        const isRefused = answer.status === 403 && detail === 'Insufficient permissions';
        return isRefused ? null : `${operation.id}: ${answer.status} ${toCurl(client.baseUrl, request)}`;
      },
    );
    expect(found).toEqual([]);
  });

  it('answers 404 at everything below a resource that was deleted (use_after_free)', async () => {
    const deletions = api.operations.filter(({ method, path }) => method === 'DELETE' && path.endsWith('}'));
    expect(deletions.length).toBeGreaterThan(0);
    const found = await ofEach(deletions, async ({ path }) => {
      const collection = path.slice(0, path.lastIndexOf('/'));
      const id = await makeResource(client, collection, known);
      const gone = await client.call('DELETE', `${collection}/${id}`);
      if (gone.status !== 200) return `DELETE ${collection}/${id}: ${gone.status} ${gone.text}`;
      for (const operation of api.operations.filter((each) => each.path.startsWith(path))) {
        const example = exampleOf(operation);
        const [, , , , , ...rest] = example.target.split('/');
        const target = [`${collection}/${id}`, ...rest].join('/');
        const { status, text } = await client.send({ ...example, target });
        // What the schema cannot say is refused before the resource is looked for.
        if (status === 400 && STATEFUL.has(operation.id)) continue;
        if (status !== 404) return `${operation.method} ${target} after its DELETE: ${status} ${text}`;
      }
      return null;
    });
    expect(found).toEqual([]);
  });

  it('finds at once what it has just created (ensure_resource_availability)', async () => {
    const creations = api.operations.filter(
      ({ method, path, answers }) =>
        method === 'POST' &&
        '201' in answers &&
        api.operations.some((each) => each.method === 'GET' && isItemOf(each.path, path)),
    );
    const found = await ofEach(
      creations.filter(({ path }) => !path.includes('{')),
      async ({ path }) => {
        const id = await makeResource(client, path, known);
        const { status } = await client.call('GET', `${path}/${id}`);
        return status === 200 ? null : `GET ${path}/${id}: ${status}`;
      },
    );
    expect(found).toEqual([]);
  });

  it('refuses a body of 30 MB with 413 and goes on', async () => {
    const answer = await client.call('POST', '/api/v1/mcp-definitions', {
      name: 'x'.repeat(30 * 1024 * 1024),
    });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([413, { code: 'PAYLOAD_TOO_LARGE' }]);
    expect((await client.call('GET', '/health')).status).toBe(200);
  });
});

function isItemOf(path: string, collection: string): boolean {
  return path.startsWith(`${collection}/{`) && !path.slice(collection.length + 1).includes('/');
}

/** Whether a path of the document is also that of a request: `/x/{id}` of `/x/validate`. */
function matches(path: string, target: string): boolean {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(target);
}
