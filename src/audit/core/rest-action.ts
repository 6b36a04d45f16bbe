import { isUuid } from '../../common/wire/is-uuid';

/** What a request does, told by its method and its route. */
export interface RestAction {
  /** `secret.create`, `mcp_definition.version.make_latest` */
  readonly action: string;
  /** `secret`; null for what is no thing. */
  readonly resourceType: string | null;
  /** The id in the path; null when there is none. */
  readonly resourceId: string | null;
  /** The version in the path. */
  readonly version: string | null;
}

const PREFIX = '/api/v1';

/** What the rule below would name badly. */
const NAMED: Readonly<Record<string, string>> = {
  'POST /webhooks/{token}': 'webhook.post',
  'POST /api/v1/auth/session': 'session.begin',
  'POST /api/v1/auth/session/refresh': 'session.refresh',
  'DELETE /api/v1/auth/session': 'session.end',
  'DELETE /api/v1/auth/sessions': 'session.end_all',
  'POST /api/v1/import': 'configuration.import',
  'POST /api/v1/import/mcp-json': 'configuration.import_mcp_json',
  'POST /api/v1/import/server-json': 'configuration.import_server_json',
};

const VERBS: Readonly<Record<string, string>> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

/**
 * Names what a request does: the things of its route, and the last word of the route where that is a verb, else what
 * its method means. A new route thus has a name that nobody must think of.
 *
 * @param template of the route: `/api/v1/secrets/{secret_id}`
 * @param path the request's own, without its query
 */
export function readRestAction(method: string, template: string, path: string): RestAction {
  const names = template.replace(PREFIX, '').split('/').slice(1);
  const values = path.replace(PREFIX, '').split('/').slice(1);
  const valueOf = (isWanted: (name: string) => boolean): string | null =>
    values[names.findIndex((name) => isParameter(name) && isWanted(name))] ?? null;
  const id = valueOf(() => true);
  const words = names.filter((name) => !isParameter(name));
  const last = words.at(-1) ?? '';
  const isVerb = names.length > 1 && last === names.at(-1) && !isPlural(last);
  const things = (isVerb ? words.slice(0, -1) : words).map((word) => toName(singular(word)));
  const verb = isVerb ? toName(last) : (VERBS[method] ?? method.toLowerCase());
  const action = NAMED[`${method} ${template}`] ?? [...things, verb].join('.');
  return {
    action,
    resourceType:
      NAMED[`${method} ${template}`] === undefined ? (things[0] ?? null) : (action.split('.')[0] ?? null),
    // Anything else may be a token.
    resourceId: id !== null && isUuid(id) ? id.toLowerCase() : null,
    version: valueOf((name) => name === '{version}'),
  };
}

function isParameter(name: string): boolean {
  return name.startsWith('{');
}

function isPlural(word: string): boolean {
  return word.endsWith('s');
}

function singular(word: string): string {
  return isPlural(word) ? word.slice(0, -1) : word;
}

function toName(word: string): string {
  return word.replaceAll('-', '_');
}
