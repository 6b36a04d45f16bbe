import openApi from '../../../openapi.json';
import type { AuditActor, AuditOrigin } from './audit-event';
import { auditedArguments } from './audited-arguments';
import { type AnsweredRequest, restEvent, SECRET_MEMBERS } from './rest-event';

const ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';
const NEW_ID = '018f9d2c-7f3a-7c11-9a55-0123456789ac';
const actor: AuditActor = { type: 'api_key', id: 'k', name: 'ci', sessionId: null };
const origin: AuditOrigin = { actor, clientAddress: '192.0.2.7', client: 'curl/8', requestId: 'r' };
const nobody: AuditOrigin = { ...origin, actor: null };

function eventOf(given: Partial<AnsweredRequest>) {
  const template = given.template === undefined ? '/api/v1/secrets' : given.template;
  return restEvent({
    method: 'POST',
    template,
    path: (template ?? '').replace(/\{\w+\}/, ID),
    status: 200,
    origin,
    hasCredential: true,
    body: undefined,
    answer: undefined,
    durationMs: 3,
    ...given,
  });
}

describe('what is recorded of a request', () => {
  it.each<[string, Partial<AnsweredRequest>, boolean]>([
    ['a change', {}, true],
    ['a change that was refused', { status: 409 }, true],
    ['a change by nobody', { status: 401, origin: nobody }, true],
    ['a wrong key on a read', { method: 'GET', status: 401, origin: nobody }, true],
    ['a read without the right', { method: 'GET', status: 403 }, true],
    ['taking the audit log away', { method: 'GET', template: '/api/v1/audit-events/export' }, true],
    ['a message that /mcp refused', { template: '/mcp', status: 403 }, true],
    ['not: a read', { method: 'GET' }, false],
    ['not: a read of nothing', { method: 'GET', status: 404 }, false],
    [
      'not: a read of one who knows of no keys',
      { method: 'GET', status: 401, origin: nobody, hasCredential: false },
      false,
    ],
    ['not: what no route took', { template: null, status: 404 }, false],
    ['not: a message that /mcp took, which tells of itself', { template: '/mcp' }, false],
  ])('is %s', (_case, given, isRecorded) => {
    expect(eventOf(given) !== null).toBe(isRecorded);
  });

  it.each<[string, Partial<AnsweredRequest>, object]>([
    [
      'made',
      { status: 201, answer: { id: NEW_ID } },
      { action: 'secret.create', resourceId: NEW_ID, outcome: 'success' },
    ],
    [
      'a definition changed',
      {
        method: 'PUT',
        template: '/api/v1/mcp-definitions/{definition_id}',
        answer: { id: ID, latest_version: { version: '1.3.0' } },
      },
      { action: 'mcp_definition.update', resourceId: ID, definitionId: ID, version: '1.3.0', runId: null },
    ],
    [
      'a workflow started',
      {
        template: '/api/v1/workflow-runs',
        status: 201,
        answer: { id: NEW_ID, workflow_definition_id: ID, workflow_version: '2.0.0' },
      },
      {
        action: 'workflow_run.create',
        resourceId: NEW_ID,
        runId: NEW_ID,
        definitionId: ID,
        version: '2.0.0',
      },
    ],
    [
      'a run started again',
      { template: '/api/v1/workflow-runs/{run_id}/rerun', status: 201, answer: { id: NEW_ID } },
      { resourceId: ID, runId: NEW_ID },
    ],
    [
      'a component called',
      {
        template: '/api/v1/mcp-definitions/{definition_id}/invoke',
        body: { tool: 'say', inputs: { password: 'p' } },
        answer: { id: NEW_ID, mcp_version: '1.0.0' },
      },
      { resourceType: 'mcp_definition', definitionId: ID, runId: NEW_ID, tool: 'say', version: '1.0.0' },
    ],
    [
      'a webhook called, of which nothing is kept',
      {
        template: '/webhooks/{token}',
        path: '/webhooks/whk_x',
        origin: nobody,
        status: 202,
        body: { text: 'private' },
        answer: { run_id: NEW_ID },
      },
      { action: 'webhook.post', actor: null, resourceId: null, runId: NEW_ID, arguments: null },
    ],
    [
      'a conflict',
      { status: 409, answer: { code: 'CONFLICT', detail: 'name', id: 'of something else' } },
      { outcome: 'failed', errorCode: 'CONFLICT', resourceId: null },
    ],
    [
      'a wrong key',
      { status: 401, origin: nobody, body: { a: 1 } },
      { outcome: 'denied', errorCode: 'UNAUTHENTICATED', arguments: null },
    ],
    [
      'no right',
      { method: 'GET', status: 403 },
      { action: 'secret.read', outcome: 'denied', errorCode: 'FORBIDDEN' },
    ],
    ['a client that left', { status: 409, answer: { code: 'CANCELLED' } }, { outcome: 'cancelled' }],
    [
      'a tool called over MCP without the right to',
      {
        template: '/mcp/{toolset}',
        path: '/mcp/support',
        status: 403,
        body: { method: 'tools/call', params: { name: 'say' } },
      },
      { action: 'tool.call', outcome: 'denied', tool: 'say', toolset: 'support', arguments: null },
    ],
    [
      'a message whose method is none, and called as a member of every object',
      { template: '/mcp', status: 403, body: { method: 'constructor' } },
      { action: 'mcp.request', outcome: 'denied' },
    ],
  ])('tells of %s', (_case, given, expected) => {
    expect(eventOf(given)).toMatchObject(expected);
  });

  it('knows every field that may be written and not be read', () => {
    const names = writeOnlyNames(openApi);
    expect(names).toEqual(expect.arrayContaining(['password', 'value', 'secret']));
    const body = Object.fromEntries(names.map((name) => [name, 'hidden']));
    expect(JSON.stringify(auditedArguments(body, SECRET_MEMBERS.secret).value)).not.toContain('hidden');
  });
});

/** Properties of the API that are never shown. */
function writeOnlyNames(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = Object.entries((node as { properties?: object }).properties ?? {})
    .filter(([, schema]) => (schema as { writeOnly?: boolean }).writeOnly === true)
    .map(([name]) => name);
  return [...new Set([...own, ...Object.values(node).flatMap(writeOnlyNames)])];
}
