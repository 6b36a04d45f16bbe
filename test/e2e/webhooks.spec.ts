import { createHmac } from 'node:crypto';

import { Pool } from 'pg';

import { RunClient } from '../support/run-client';
import { type RunningRest, startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly token: string;
  readonly token_prefix: string;
  readonly path: string;
  readonly signature: { readonly header: string } | null;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly run_id?: string; readonly code?: string; readonly detail?: string };
}

/** A whole process starts. */
const SECRET = 'a secret of sixteen and more';
const UNKNOWN_ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';

describe('webhooks', () => {
  let databaseUrl: string;
  let pool: Pool;
  let running: RunningRest;
  let client: RunClient;
  let workflowId: string;
  let count = 0;

  beforeAll(async () => {
    databaseUrl = await createDatabase();
    pool = new Pool({ connectionString: databaseUrl, max: 1 });
    running = await startRest({ env: { DATABASE_URL: databaseUrl } });
    client = new RunClient(running.rest);
    workflowId = await client.createWorkflow({
      parameters_schema: { type: 'object', properties: { n: { type: 'integer' } } },
      steps: [{ id: 'only', uses: { builtin: 'set' }, inputs: '${{ params }}' }],
    });
  });

  afterAll(async () => {
    await running.app.stop();
    await pool.end();
    await dropDatabase(databaseUrl);
  });

  function webhookOf(body: object): object {
    return { name: `webhook ${(count += 1)}`, workflow_definition_id: workflowId, ...body };
  }

  async function create(body: object = {}): Promise<Webhook> {
    const answer = await running.rest.post<Webhook>('/webhooks', webhookOf(body));
    expect([answer.status, answer.body]).toMatchObject([201, {}]);
    return answer.body;
  }

  /** Posts as a stranger does: the bytes as given, without a key. */
  async function post(
    { path }: Pick<Webhook, 'path'>,
    body = '{}',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(running.app.baseUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Answer['body'],
    };
  }

  function signed(body: string, secondsFromNow = 0, secret = SECRET): Record<string, string> {
    const timestamp = String(Math.floor(Date.now() / 1000) + secondsFromNow);
    const hmac = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    return { 'x-timestamp': timestamp, 'x-signature-256': `sha256=${hmac}` };
  }

  it('starts a run with the posted object as parameters, and says which', async () => {
    const webhook = await create();
    const answer = await post(webhook, '{"n":1,"camelCase":{"deep":[true]}}');
    expect(answer.status).toBe(202);
    const run = await client.ended(answer.body.run_id ?? '');
    expect(run).toMatchObject({
      status: 'succeeded',
      result: { only: { n: 1, camelCase: { deep: [true] } } },
      labels: { trigger: 'webhook', trigger_id: webhook.id },
    });
  });

  it('shows its token at creation only, and keeps none', async () => {
    const webhook = await create();
    expect(webhook.token).toMatch(/^whk_[0-9A-Za-z]{32}$/);
    expect(webhook.path).toBe(`/webhooks/${webhook.token}`);
    const shown = await running.rest.get(`/webhooks/${webhook.id}`);
    expect(shown.body).toMatchObject({
      enabled: true,
      token_prefix: webhook.token.slice(0, 8),
      signature: null,
      rate_limit_per_minute: 60,
    });
    expect(JSON.stringify(shown.body)).not.toContain(webhook.token);
    const { rows } = await pool.query<{ row: string }>('SELECT webhooks::text AS row FROM webhooks');
    expect(rows.filter(({ row }) => row.includes(webhook.token.slice(8)))).toEqual([]);
  });

  it('takes a new token at once, and the old one no more', async () => {
    const webhook = await create();
    const rotated = await running.rest.post<Webhook>(`/webhooks/${webhook.id}/rotate-token`);
    expect(rotated.status).toBe(200);
    expect((await post(webhook)).status).toBe(404);
    expect((await post(rotated.body)).status).toBe(202);
  });

  it('refuses posts while it is disabled', async () => {
    const webhook = await create({ enabled: false });
    expect(await post(webhook)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    await running.rest.put(`/webhooks/${webhook.id}`, { enabled: true });
    expect((await post(webhook)).status).toBe(202);
  });

  it.each([
    ['an unknown token', `whk_${'0'.repeat(32)}`],
    ['a malformed token', 'whk_0'],
    ['the id of a webhook', UNKNOWN_ID],
  ])('answers 404 to %s', async (_case, token) => {
    expect(await post({ path: `/webhooks/${token}` })).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
  });

  it.each([
    ['parameters that the workflow refuses', '{"n":"no"}', 400, 'INVALID_REQUEST'],
    ['a list', '[1]', 400, 'INVALID_REQUEST'],
    ['no JSON', '{', 400, 'INVALID_REQUEST'],
    ['a body over the limit', `{"text":"${'x'.repeat(1024 * 1024)}"}`, 413, 'PAYLOAD_TOO_LARGE'],
  ])('refuses %s', async (_case, body, status, code) => {
    expect(await post(await create(), body)).toMatchObject({ status, body: { code } });
  });

  it('starts one run for the same Idempotency-Key and body', async () => {
    const webhook = await create();
    const headers = { 'idempotency-key': 'order-1' };
    const first = await post(webhook, '{"n":1}', headers);
    expect(await post(webhook, '{"n":1}', headers)).toMatchObject({ status: 202, body: first.body });
    expect(await post(webhook, '{"n":2}', headers)).toMatchObject({ status: 422 });
    const another = await post(await create(), '{"n":1}', headers);
    expect(another.body.run_id).not.toBe(first.body.run_id);
  });

  it('takes as many posts in a minute as it may, and says when the next may come', async () => {
    const webhook = await create({ rate_limit_per_minute: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(webhook)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(3);
    const limited = answers.filter(({ status }) => status === 429);
    expect(limited).toHaveLength(5);
    for (const { headers, body } of limited) {
      expect(body.code).toBe('RATE_LIMITED');
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }
    await pool.query(
      `UPDATE webhooks SET window_started_at = window_started_at - interval '1 minute' WHERE id = $1`,
      [webhook.id],
    );
    expect((await post(webhook)).status).toBe(202);
  });

  describe('with a signature', () => {
    let webhook: Webhook;

    beforeAll(async () => {
      webhook = await create({ signature: { secret: SECRET }, rate_limit_per_minute: 1000 });
    });

    it('takes a post that is signed over its very bytes', async () => {
      const body = '{ "n":1,\n"text":"ä\\u00e4" }';
      expect((await post(webhook, body, signed(body))).status).toBe(202);
    });

    it('refuses a replay, also of two at the same time', async () => {
      const body = '{"n":2}';
      const headers = signed(body);
      const both = await Promise.all([post(webhook, body, headers), post(webhook, body, headers)]);
      expect(both.map(({ status }) => status).sort()).toEqual([202, 409]);
      expect(await post(webhook, body, headers)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
      const runs = await running.rest.get(`/workflow-runs?label=trigger_id=${webhook.id}&limit=100`);
      const started = both.map(({ body: { run_id: id } }) => id).filter((id) => id !== undefined);
      expect(JSON.stringify(runs.body).split(started[0] ?? 'none')).toHaveLength(2);
    });

    it('gives its run again to whoever repeats a post with its Idempotency-Key', async () => {
      const body = '{"n":3}';
      const headers = { ...signed(body), 'idempotency-key': 'again' };
      const first = await post(webhook, body, headers);
      expect(await post(webhook, body, headers)).toMatchObject({ status: 202, body: first.body });
      const replay = await post(webhook, body, { ...headers, 'idempotency-key': 'other' });
      expect(replay.status).toBe(409);
    });

    it('lets a post that was refused for its parameters be sent again as it is', async () => {
      const body = '{"n":"no"}';
      const headers = signed(body);
      expect((await post(webhook, body, headers)).status).toBe(400);
      expect((await post(webhook, body, headers)).status).toBe(400);
    });

    it.each([
      ['without a signature', () => ({}), 'X-Signature-256'],
      ['signed with another secret', () => signed('{}', 0, 'another secret'), 'X-Signature-256'],
      ['signed for another body', () => signed('{"n":1}'), 'X-Signature-256'],
      ['signed too long ago', () => signed('{}', -301), 'X-Timestamp'],
    ])('refuses a post %s, and leaves its place to others', async (_case, headers, named) => {
      const strict = await create({ signature: { secret: SECRET }, rate_limit_per_minute: 1 });
      const answer = await post(strict, '{}', headers());
      expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
      expect(answer.body.detail).toContain(named);
      expect((await post(strict, '{}', signed('{}'))).status).toBe(202);
    });

    it('never shows the secret, and stores it encrypted', async () => {
      const shown = await running.rest.get(`/webhooks/${webhook.id}`);
      expect(shown.body).toMatchObject({ signature: { header: 'X-Signature-256' } });
      const { rows } = await pool.query<{ row: string }>('SELECT webhooks::text AS row FROM webhooks');
      const texts = [JSON.stringify(shown.body), ...rows.map(({ row }) => row)];
      expect(texts.filter((text) => text.includes(SECRET))).toEqual([]);
    });

    it('changes the header and keeps the secret, changes the secret, and ends', async () => {
      const { id, path } = await create({ signature: { secret: SECRET } });
      const renamed = await running.rest.put(`/webhooks/${id}`, { signature: { header: 'X-Hub' } });
      expect(renamed.body).toMatchObject({ signature: { header: 'X-Hub' } });
      const { 'x-signature-256': signature = '', ...rest } = signed('{}');
      expect((await post({ path }, '{}', { ...rest, 'x-hub': signature })).status).toBe(202);

      const other = 'another secret, long enough';
      await running.rest.put(`/webhooks/${id}`, { signature: { secret: other, header: 'X-Signature-256' } });
      expect((await post({ path }, '{"n":1}', signed('{"n":1}'))).status).toBe(401);
      expect((await post({ path }, '{"n":1}', signed('{"n":1}', 0, other))).status).toBe(202);

      const ended = await running.rest.put(`/webhooks/${id}`, { signature: null });
      expect(ended.body).toMatchObject({ signature: null });
      expect((await post({ path })).status).toBe(202);
    });
  });

  it.each([
    ['a signature without a secret', { signature: {} }, 'signature.secret'],
    ['a short secret', { signature: { secret: 'short' } }, 'signature'],
    ['the header of the timestamp', { signature: { secret: SECRET, header: 'x-timestamp' } }, 'signature'],
    ['an unknown field of a signature', { signature: { secret: SECRET, algorithm: 'md5' } }, 'signature'],
    ['null for a signature at creation', { signature: null }, 'signature'],
    ['a rate limit of nothing', { rate_limit_per_minute: 0 }, 'rate_limit_per_minute'],
  ])('refuses %s', async (_case, body, path) => {
    const answer = await running.rest.post('/webhooks', webhookOf(body));
    expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path }] }]);
  });

  it('needs a key to be managed, and the scope run to be made', async () => {
    const webhook = await create();
    const stranger = running.rest.withKey(null);
    expect((await stranger.get('/webhooks')).status).toBe(401);
    expect((await stranger.delete(`/webhooks/${webhook.id}`)).status).toBe(401);
    expect((await stranger.post(`/webhooks/${webhook.id}/rotate-token`)).status).toBe(401);
    const made = await running.rest.post<{ key: string }>('/api-keys', { name: 'w', scopes: ['write'] });
    expect((await running.rest.withKey(made.body.key).post('/webhooks', webhookOf({}))).status).toBe(403);
  });

  it('refuses a taken name and an unknown workflow', async () => {
    const { name } = await create();
    expect((await running.rest.post('/webhooks', webhookOf({ name }))).status).toBe(409);
    const unknown = await running.rest.post('/webhooks', webhookOf({ workflow_definition_id: UNKNOWN_ID }));
    expect(unknown.status).toBe(404);
  });

  it('keeps its workflow from being deleted until it is deleted itself', async () => {
    const workflow = await client.createWorkflow({ steps: [{ id: 'a', uses: { builtin: 'set' } }] });
    const { id, name, path } = await create({ workflow_definition_id: workflow });
    const refused = await running.rest.delete(`/workflow-definitions/${workflow}`);
    expect([refused.status, refused.body]).toMatchObject([409, { users: [{ type: 'webhook', id, name }] }]);
    const listed = await running.rest.get(`/webhooks?workflow_definition_id=${workflow}`);
    expect(listed.body).toMatchObject({ total: 1, items: [{ id }] });
    expect((await running.rest.delete(`/webhooks/${id}`)).status).toBe(200);
    expect((await post({ path })).status).toBe(404);
    expect((await running.rest.delete(`/workflow-definitions/${workflow}`)).status).toBe(200);
  });

  it('writes no token to the log', async () => {
    const webhook = await create();
    await post(webhook, '{');
    await post(webhook);
    expect(JSON.stringify(running.app.logs) + running.app.output).not.toContain(webhook.token);
  });
});
