import { SAFE_METHODS } from '../../common/http/safe-methods';
import { isJsonObject, type JsonObject } from '../../engine/core/json';
import { type AuditedAction, type AuditOrigin, type AuditOutcome, NO_SUBJECT } from './audit-event';
import { readRestAction, type RestAction } from './rest-action';

/** A request of the REST API, or one to the MCP endpoint, that has been answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** Null: no route took it, so that nothing can have been done. */
  readonly template: string | null;
  readonly path: string;
  readonly status: number;
  readonly origin: AuditOrigin;
  /** Whether it came with a credential, be it a wrong one. */
  readonly hasCredential: boolean;
  readonly body: unknown;
  /** What was answered, as far as it is known. */
  readonly answer: unknown;
  readonly durationMs: number;
}

/** Reading that is told of all the same: it takes away everything at once. */
const AUDITED_READS: ReadonlySet<string> = new Set(['/api/v1/audit-events/export']);

/** Members of bodies that hold a secret under a name which tells nothing, by what is made of them. */
export const SECRET_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  secret: ['value'],
  // Files of AI clients: credentials stand anywhere in them, in arguments of commands too.
  configuration: ['mcpServers', 'servers', 'inputs', 'server', 'remotes', 'packages'],
};

/** What answers with a run that it has started. */
const RUN_STARTERS: ReadonlySet<string> = new Set([
  'workflow_run.create',
  'workflow_run.rerun',
  'mcp_definition.invoke',
]);

/** Where a version stands in an answer: of a definition, a version, a run of a workflow, a run of a component. */
const VERSION_FIELDS = ['version', 'workflow_version', 'mcp_version'];

/** A map: what is looked up is what somebody sent, and every object has a `constructor`. */
const MCP_ACTIONS: ReadonlyMap<unknown, string> = new Map([
  ['tools/call', 'tool.call'],
  ['prompts/get', 'prompt.get'],
  ['resources/read', 'resource.read'],
]);

/** Whether a status says that somebody may not do what he asked for. */
export function isDenial(status: number): boolean {
  return status === 401 || status === 403;
}

/** Whether reading by this route is recorded. */
export function isAuditedRead(template: string | null): boolean {
  return template !== null && AUDITED_READS.has(template);
}

/**
 * What is recorded of a request: whatever may have changed something, however it ended, and whatever was refused for want
 * of a right. Reading is not, nor what no route took. Null: nothing.
 */
export function restEvent(request: AnsweredRequest): AuditedAction | null {
  const { method, template, status, origin, hasCredential } = request;
  if (template === null) return null;
  if (isMcp(template)) return isDenial(status) ? mcpEvent(request, template) : null;
  const isRead = SAFE_METHODS.has(method) && !isAuditedRead(template);
  if (isRead && !isDenial(status)) return null;
  // A scraper or a browser that knows of no keys is nobody who tries one.
  if (isRead && origin.actor === null && !hasCredential) return null;
  return changeEvent(request, template);
}

function changeEvent(request: AnsweredRequest, template: string): AuditedAction {
  const { method, path, status, origin, body } = request;
  const does = readRestAction(method, template, path);
  const { action, resourceType } = does;
  const isSuccess = status < 400;
  const sent = isJsonObject(body) ? body : {};
  const answer = isJsonObject(request.answer) ? request.answer : {};
  const result = isSuccess ? answer : {};
  const resourceId = does.resourceId ?? textOrNull(result.id);
  return {
    ...NO_SUBJECT,
    ...origin,
    ...endingOf(status, answer),
    action,
    resourceType,
    resourceId,
    definitionId: definitionOf(does, resourceId, result),
    version: does.version ?? versionOf(result),
    runId: runOf(does, resourceId, result),
    // Of a call of a component: which of its tools.
    tool: resourceType === 'mcp_definition' && origin.actor !== null ? textOrNull(sent.tool) : null,
    request: { method, route: template, status },
    durationMs: request.durationMs,
    // What somebody unknown sends is not kept: it would be he who fills the table.
    arguments: origin.actor === null ? null : (body ?? null),
    secretArguments: SECRET_MEMBERS[resourceType ?? ''] ?? [],
  };
}

/** A message that the MCP endpoint did not take. Those that it takes are recorded where they are done. */
function mcpEvent(request: AnsweredRequest, template: string): AuditedAction {
  const { method, path, status, origin, body, answer } = request;
  const message = isJsonObject(body) && origin.actor !== null ? body : {};
  const params = isJsonObject(message.params) ? message.params : {};
  return {
    ...NO_SUBJECT,
    ...origin,
    ...endingOf(status, isJsonObject(answer) ? answer : {}),
    action: MCP_ACTIONS.get(message.method) ?? 'mcp.request',
    toolset: origin.actor === null ? null : (path.split('/')[2] ?? null),
    tool: textOrNull(params.name) ?? textOrNull(params.uri),
    request: { method, route: template, status },
    durationMs: request.durationMs,
    arguments: null,
  };
}

function isMcp(template: string): boolean {
  return template === '/mcp' || template.startsWith('/mcp/');
}

function endingOf(status: number, answer: JsonObject): { outcome: AuditOutcome; errorCode: string | null } {
  if (status < 400) return { outcome: 'success', errorCode: null };
  const errorCode =
    textOrNull(answer.code) ?? (status === 401 ? 'UNAUTHENTICATED' : isDenial(status) ? 'FORBIDDEN' : null);
  if (isDenial(status)) return { outcome: 'denied', errorCode };
  return { outcome: errorCode === 'CANCELLED' ? 'cancelled' : 'failed', errorCode };
}

function definitionOf(
  { resourceType }: RestAction,
  resourceId: string | null,
  result: JsonObject,
): string | null {
  if (resourceType === 'mcp_definition' || resourceType === 'workflow_definition') return resourceId;
  return textOrNull(result.workflow_definition_id) ?? textOrNull(result.mcp_definition_id);
}

function versionOf(result: JsonObject): string | null {
  const { latest_version: latest } = result;
  if (isJsonObject(latest)) return textOrNull(latest.version);
  return VERSION_FIELDS.map((field) => textOrNull(result[field])).find((version) => version !== null) ?? null;
}

function runOf(
  { action, resourceType }: RestAction,
  resourceId: string | null,
  result: JsonObject,
): string | null {
  if (RUN_STARTERS.has(action) && result.id !== undefined) return textOrNull(result.id);
  return resourceType === 'workflow_run' ? resourceId : textOrNull(result.run_id);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
