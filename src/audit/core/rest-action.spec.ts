import { readRestAction } from './rest-action';

const ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';

describe('what a request does', () => {
  it.each<[string, string, string, string | null]>([
    ['POST', '/secrets', 'secret.create', 'secret'],
    ['PUT', '/secrets/{secret_id}', 'secret.update', 'secret'],
    ['DELETE', '/api-keys/{key_id}', 'api_key.delete', 'api_key'],
    ['POST', '/api-keys/{key_id}/rotate', 'api_key.rotate', 'api_key'],
    ['POST', '/webhooks/{webhook_id}/rotate-token', 'webhook.rotate_token', 'webhook'],
    ['POST', '/external-db-configs/{config_id}/query', 'external_db_config.query', 'external_db_config'],
    ['POST', '/mcp-definitions/{definition_id}/versions', 'mcp_definition.version.create', 'mcp_definition'],
    [
      'POST',
      '/mcp-definitions/{definition_id}/versions/{version}/make-latest',
      'mcp_definition.version.make_latest',
      'mcp_definition',
    ],
    ['POST', '/mcp-definitions/{definition_id}/tools/accept', 'mcp_definition.tool.accept', 'mcp_definition'],
    ['POST', '/mcp-definitions/{definition_id}/invoke', 'mcp_definition.invoke', 'mcp_definition'],
    ['POST', '/workflow-definitions/validate', 'workflow_definition.validate', 'workflow_definition'],
    ['POST', '/workflow-runs', 'workflow_run.create', 'workflow_run'],
    ['POST', '/workflow-runs/{run_id}/signals/{name}', 'workflow_run.signal.create', 'workflow_run'],
    ['GET', '/audit-events/export', 'audit_event.export', 'audit_event'],
    ['GET', '/api-keys', 'api_key.read', 'api_key'],
    ['POST', '/auth/session', 'session.begin', 'session'],
    ['POST', '/auth/session/refresh', 'session.refresh', 'session'],
    ['DELETE', '/auth/session', 'session.end', 'session'],
    ['DELETE', '/auth/sessions', 'session.end_all', 'session'],
    ['POST', '/import', 'configuration.import', 'configuration'],
    ['POST', '/import/mcp-json', 'configuration.import_mcp_json', 'configuration'],
    ['POST', '/import/server-json', 'configuration.import_server_json', 'configuration'],
  ])('is told by %s %s: %s', (method, route, action, resourceType) => {
    const template = `/api/v1${route}`;
    const path = template
      .replace('{version}', '1.2.0')
      .replace('{name}', 'approve')
      .replace(/\{\w+\}/, ID.toUpperCase());
    expect(readRestAction(method, template, path)).toEqual({
      action,
      resourceType,
      resourceId: /_id\}/.test(route) ? ID : null,
      version: route.includes('{version}') ? '1.2.0' : null,
    });
  });

  it('keeps no token of a path', () => {
    const token = `whk_${'x'.repeat(32)}`;
    expect(readRestAction('POST', '/webhooks/{token}', `/webhooks/${token}`)).toEqual({
      action: 'webhook.post',
      resourceType: 'webhook',
      resourceId: null,
      version: null,
    });
  });
});
