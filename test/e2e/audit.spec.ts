import { Client } from 'pg';

import { connectionOptions } from '../../src/database/postgres-connection';
import { eventually } from '../support/eventually';
import { connect, untilListed } from '../support/mcp/clients';
import { startConformanceServer } from '../support/mcp/conformance-server';
import type { McpUpstream } from '../support/mcp/upstream';
import { type RunningRest, startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

interface AuditEvent {
  readonly id: string;
  readonly [field: string]: unknown;
}

interface Events {
  readonly total: number;
  readonly items: readonly AuditEvent[];
}

describe('the audit log', () => {
  let running: RunningRest;
  let upstream: McpUpstream;
  let databaseUrl: string;
  let keyId: string;

  beforeAll(async () => {
    upstream = await startConformanceServer();
    databaseUrl = await createDatabase();
    running = await startRest({ env: { DATABASE_URL: databaseUrl, EGRESS_ALLOW: 'loopback' } });
    const { body } = await running.rest.get<{ items: { id: string }[] }>('/api-keys');
    keyId = body.items[0]?.id ?? '';
  });

  afterAll(async () => {
    await running.app.stop();
    await upstream.close();
    await dropDatabase(databaseUrl);
  });

  async function create(path: string, body: object): Promise<string> {
    const { status, body: made } = await running.rest.post<{ id: string }>(path, body);
    expect([path, status, made]).toEqual([path, 201, made]);
    return made.id;
  }

  /** The events of a filter, as soon as there are so many. */
  async function events(filter: string, count = 1): Promise<readonly AuditEvent[]> {
    return eventually(async () => {
      const { body } = await running.rest.get<Events>(`/audit-events?limit=100&${filter}`);
      return body.total >= count && body.items;
    });
  }

  it('tells of each call of a tool who made it, at which version, with what, and what came of it', async () => {
    const far = await create('/mcp-definitions', {
      name: 'far',
      mcp_type: 'mcp_server',
      config: { type: 'mcp_server', transport: 'streamable_http', url: upstream.url },
    });
    const double = await create('/mcp-definitions', {
      name: 'double',
      version: '1.2.0',
      mcp_type: 'typescript_script',
      config: { type: 'typescript_script', code: 'export default ({ n }) => ({ twice: n * 2 });' },
      input_schema: { type: 'object', properties: { n: { type: 'number' } } },
    });
    const client = await connect(`${running.app.baseUrl}/mcp`, {
      era: '2026-07-28',
      headers: { authorization: `Bearer ${running.key}` },
    });
    await untilListed(client, 'far__test_error_handling');
    const called = await client.callTool({
      name: 'double',
      arguments: { n: 4, password: 'hidden-from-all' },
    });
    await client.callTool({ name: 'double', arguments: { n: 'x' } });
    await client.callTool({ name: 'far__test_error_handling', arguments: {} });
    await client.callTool({ name: 'no_such_tool', arguments: {} }).catch(() => undefined);
    await client.getPrompt({ name: 'far__test_prompt_with_arguments', arguments: { arg1: 'x', arg2: 'y' } });
    await client.readResource({ uri: 'far+test://static-text' });
    await client.close();

    const found = await events(`actor_id=${keyId}&created_after=2020-01-01T00:00:00Z`, 8);
    const byTool = found
      .filter(({ request }) => request === null)
      .map(({ action, tool, outcome, error_code, definition_id, version }) => [
        action,
        tool,
        outcome,
        error_code,
        definition_id,
        version,
      ]);
    expect(byTool).toEqual([
      ['resource.read', 'far+test://static-text', 'success', null, far, '1.0.0'],
      ['prompt.get', 'far__test_prompt_with_arguments', 'success', null, far, '1.0.0'],
      ['tool.call', 'no_such_tool', 'failed', 'INVALID_REQUEST', null, null],
      ['tool.call', 'far__test_error_handling', 'tool_error', 'TOOL_ERROR', far, '1.0.0'],
      ['tool.call', 'double', 'failed', 'INVALID_INPUT', double, '1.2.0'],
      ['tool.call', 'double', 'success', null, double, '1.2.0'],
    ]);
    const first = found.find(({ outcome, tool }) => outcome === 'success' && tool === 'double');
    expect(first).toEqual({
      id: expect.any(String) as string,
      created_at: expect.any(String) as string,
      action: 'tool.call',
      outcome: 'success',
      error_code: null,
      actor: { type: 'api_key', id: keyId, name: expect.any(String) as string, session_id: null },
      client_address: '127.0.0.1',
      client: 'test/1.0.0',
      request_id: expect.any(String) as string,
      request: null,
      resource_type: null,
      resource_id: null,
      toolset: null,
      tool: 'double',
      definition_id: double,
      version: '1.2.0',
      run_id: called._meta?.['mcp-backend/run_id'],
      arguments: { n: 4, password: '[redacted]' },
      arguments_truncated: false,
      duration_ms: expect.any(Number) as number,
    });
    expect((await running.rest.get(`/audit-events/${first?.id}`)).body).toEqual(first);
    expect(await events(`run_id=${String(first?.['run_id'])}`)).toEqual([first]);
    expect(await events(`request_id=${String(first?.['request_id'])}&outcome=success`)).toEqual([first]);
    expect(await events(`definition_id=${far}&outcome=tool_error`)).toHaveLength(1);
  });

  it('tells of each change over REST who made it and what came of it, and holds no secret of it', async () => {
    const { rest, app } = running;
    const value = 'a-value-that-nobody-may-see';
    const password = 'pw-that-nobody-may-see';
    const secretId = await create('/secrets', { name: 'AUDITED', value });
    await rest.put(`/secrets/${secretId}`, { value: `${value}-2` });
    await create('/external-db-configs', {
      name: 'audited',
      db_type: 'postgresql',
      host: '127.0.0.1',
      db_name: 'x',
      username: 'me',
      password,
    });
    const made = await rest.post<{ id: string; key: string }>('/api-keys', {
      name: 'reader',
      scopes: ['read'],
    });
    const { status, headers } = await rest.withKey(made.body.key).delete(`/secrets/${secretId}`);
    expect(status).toBe(403);
    await rest.withKey('mcp_nobodys').send('GET', '/secrets');
    await rest.post('/secrets', { name: 'AUDITED', value });

    const found = await events(`resource_type=secret`, 5);
    const told = found.map(({ action, outcome, error_code, resource_id, arguments: sent, actor }) => [
      action,
      outcome,
      error_code,
      resource_id,
      sent,
      (actor as { name: string } | null)?.name ?? null,
    ]);
    const [, , , , , owner] = told[0] ?? [];
    expect(told).toEqual([
      ['secret.create', 'failed', 'CONFLICT', null, { name: 'AUDITED', value: '[redacted]' }, owner],
      ['secret.read', 'denied', 'UNAUTHENTICATED', null, null, null],
      ['secret.delete', 'denied', 'FORBIDDEN', secretId, null, 'reader'],
      ['secret.update', 'success', null, secretId, { value: '[redacted]' }, owner],
      ['secret.create', 'success', null, secretId, { name: 'AUDITED', value: '[redacted]' }, owner],
    ]);
    const [refused] = await events(`request_id=${String(headers.get('x-request-id'))}`);
    expect(refused).toMatchObject({
      request: { method: 'DELETE', route: '/api/v1/secrets/{secret_id}', status: 403 },
      actor: { type: 'api_key', id: made.body.id },
    });
    // By the value of a stored secret, in the middle of a text and under a harmless name.
    await rest.post('/toolsets', { name: 'unlucky', description: `the value is ${value}-2, remember` });
    await events('action=toolset.create');
    const all = JSON.stringify(await events('created_after=2020-01-01T00:00:00Z', 5));
    for (const hidden of [value, password, made.body.key, running.key]) expect(all).not.toContain(hidden);
    expect(app.logs.map(({ msg }) => msg).join()).not.toContain(value);
  });

  it('is exported as JSON lines, oldest first, and tells of that', async () => {
    const { body } = await running.rest.get<Events>('/audit-events?tool=double&limit=100');
    const text = await running.rest.text('/audit-events/export?tool=double');
    const lines = text.split('\n').slice(0, -1);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([...body.items].reverse());
    expect(body.items).toHaveLength(2);
    const [exported] = await events('action=audit_event.export');
    expect(exported).toMatchObject({ outcome: 'success', actor: { id: keyId } });
    expect((await running.rest.get('/audit-events/export?outcome=odd')).body).toMatchObject({
      code: 'INVALID_REQUEST',
      errors: [{ path: 'outcome' }],
    });
  });

  it('keeps of somebody who guesses keys the first tries only', async () => {
    const guesser = running.rest.withKey('mcp_guess');
    const tries = 60;
    for (let n = 0; n < tries; n += 1) await guesser.delete('/toolsets/018f9d2c-7f3a-7c11-9a55-0123456789ab');
    const leftOut = await eventually(async () => {
      const { body } = await running.rest.get<Events>('/audit-events?action=toolset.delete');
      const counted = /^audit_events_dropped_total\{reason="flood"\} (\d+)/m;
      const flood = Number(counted.exec(await running.rest.text('/metrics'))?.[1] ?? 0);
      return body.total + flood === tries && flood;
    });
    // Twenty a minute are kept, and the tries may have begun in one and ended in the next.
    expect(leftOut).toBeGreaterThanOrEqual(tries - 40);
  });

  it('keeps nobody waiting while its table is locked', async () => {
    const client = await connect(`${running.app.baseUrl}/mcp`, {
      era: '2026-07-28',
      headers: { authorization: `Bearer ${running.key}` },
    });
    const holder = new Client(connectionOptions(databaseUrl));
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE');
    for (let n = 0; n < 20; n += 1) {
      await create('/toolsets', { name: `locked-${n}` });
      await client.callTool({ name: 'double', arguments: { n } });
    }
    const waiting = /^audit_events_waiting (\d+)/m.exec(await running.rest.text('/metrics'))?.[1];
    await holder.query('ROLLBACK');
    await holder.end();
    await client.close();
    expect(Number(waiting)).toBeGreaterThanOrEqual(40);
    expect((await events('action=toolset.create', 21)).length).toBe(21);
  });

  it('loses nothing of what was done before a stop', async () => {
    const url = await createDatabase();
    const env = { DATABASE_URL: url };
    const before = await startRest({ env });
    for (let n = 0; n < 3; n += 1) await before.rest.post('/toolsets', { name: `set-${n}` });
    const exit = await before.app.stop();
    const after = await startRest({ env: { ...env, BOOTSTRAP_API_KEY: before.key } });
    const { body } = await after.rest.get<Events>('/audit-events?action=toolset.create&limit=100');
    await after.app.stop();
    await dropDatabase(url);
    expect([exit.code, body.total]).toEqual([0, 3]);
  });

  it('is for keys with the scope admin', async () => {
    const { body } = await running.rest.post<{ key: string }>('/api-keys', { name: 'most scopes' });
    const { status } = await running.rest.withKey(body.key).get('/audit-events');
    expect(status).toBe(403);
  });
});
