import { randomUUID } from 'node:crypto';

import { eventually } from '../support/eventually';
import { connect } from '../support/mcp/clients';
import { type RunningRest, startRest } from '../support/start-rest';

/** Whoever listens does so for as long as its key is good, and no longer. */
describe('those who listen', () => {
  let running: RunningRest;

  beforeAll(async () => {
    running = await startRest();
  });

  afterAll(async () => {
    await running.app.stop();
  });

  async function newKey(): Promise<{ id: string; key: string }> {
    const answer = await running.rest.post('/api-keys', {
      name: `listener ${randomUUID()}`,
      scopes: ['read', 'run'],
    });
    expect(answer.status).toBe(201);
    return answer.body as { id: string; key: string };
  }

  /** Resolves when an answer has ended, in whatever way. */
  async function endOf(answer: Response): Promise<void> {
    const reader = answer.body?.getReader();
    try {
      while ((await reader?.read())?.done === false);
    } catch {
      // Cut off.
    }
  }

  function openChangeStream(key: string): Promise<Response> {
    return fetch(`${running.app.baseUrl}/mcp`, {
      headers: { 'x-api-key': key, accept: 'text/event-stream', 'mcp-protocol-version': '2025-11-25' },
    });
  }

  it('hear no more in the stream of 2025-11-25 once their key is deleted; others do', async () => {
    const gone = await newKey();
    const kept = await newKey();
    const [ending, staying] = await Promise.all([openChangeStream(gone.key), openChangeStream(kept.key)]);
    expect([ending.status, staying.status]).toEqual([200, 200]);
    let others = 'listen';
    const stays = endOf(staying).then(() => (others = 'were cut off'));

    await running.rest.delete(`/api-keys/${gone.id}`);
    await endOf(ending);
    expect((await openChangeStream(gone.key)).status).toBe(401);
    expect(others).toBe('listen');

    await running.rest.delete(`/api-keys/${kept.id}`);
    await stays;
  });

  describe('to a run', () => {
    let run: string;

    beforeEach(async () => {
      const workflow = await running.rest.post<{ id: string }>('/workflow-definitions', {
        name: `waits ${randomUUID()}`,
        steps: [{ id: 'hold', uses: { builtin: 'signal' } }],
      });
      const body = { workflow_definition_id: workflow.body.id };
      run = (await running.rest.post<{ id: string }>('/workflow-runs', body)).body.id;
    });

    function openRunStream(headers: Record<string, string>): Promise<Response> {
      return fetch(`${running.app.baseUrl}/api/v1/workflow-runs/${run}/stream`, { headers });
    }

    it('hear no more once their key is deleted; others do, and the run goes on', async () => {
      const gone = await newKey();
      const [ending, staying] = await Promise.all([
        openRunStream({ 'x-api-key': gone.key }),
        openRunStream({ 'x-api-key': running.key }),
      ]);
      expect([ending.status, staying.status]).toEqual([200, 200]);
      await running.rest.delete(`/api-keys/${gone.id}`);
      await endOf(ending);
      expect((await openRunStream({ 'x-api-key': gone.key })).status).toBe(401);

      await running.rest.post(`/workflow-runs/${run}/cancel`);
      expect(await staying.text()).toContain('"terminal":true');
    });

    it('hear no more once their session ends', async () => {
      const { key } = await newKey();
      const session = await running.rest.withKey(key).post<{ token: string }>('/auth/session');
      const headers = { authorization: `Bearer ${session.body.token}` };
      const ending = await openRunStream(headers);
      expect(ending.status).toBe(200);
      await running.rest.withKey(null).send('DELETE', '/auth/session', undefined, headers);
      await endOf(ending);
      expect((await openRunStream(headers)).status).toBe(401);
    });
  });

  it('hear no more in a subscription of 2026-07-28 once their key is deleted', async () => {
    const { id, key } = await newKey();
    const client = await connect(`${running.app.baseUrl}/mcp`, {
      era: '2026-07-28',
      headers: { 'x-api-key': key },
    });
    const open = async (): Promise<number> => {
      const answer = await fetch(`${running.app.baseUrl}/api/v1/metrics`, {
        headers: { 'x-api-key': running.key },
      });
      return Number(/^mcp_open_requests (\d+)/m.exec(await answer.text())?.[1]);
    };
    await client.listen({ toolsListChanged: true });
    expect(await open()).toBe(1);
    await running.rest.delete(`/api-keys/${id}`);
    await eventually(async () => (await open()) === 0);
    await client.close();
  });
});

it('finds a toolset at the moment that it was made', async () => {
  const running = await startRest();
  const address = (name: string): Promise<Response> =>
    fetch(`${running.app.baseUrl}/mcp/${name}`, {
      method: 'POST',
      headers: {
        'x-api-key': running.key,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
    });
  try {
    for (let round = 0; round < 20; round += 1) {
      const name = `now-${round}`;
      expect((await running.rest.post('/toolsets', { name })).status).toBe(201);
      expect((await address(name)).status).toBe(200);
    }
    expect((await address('never')).status).toBe(404);
  } finally {
    await running.app.stop();
  }
});
