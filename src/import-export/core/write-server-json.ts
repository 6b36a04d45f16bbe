import type { Issue } from '../../engine/core/issue';
import type { JsonObject } from '../../engine/core/json';
import { fail, ok, type Result } from '../../engine/core/result';
import type { VersionedEntry } from './configuration-document';
import { REGISTRY_NAME_LABEL } from './read-server-json';
import { SERVER_JSON_VERSION } from './server-json.schema';
import { ServerFields } from './server-fields';

/** The registry takes no longer one. */
const MAX_DESCRIPTION = 100;

const REGISTRIES: ReadonlyMap<string, string> = new Map([
  ['npx', 'npm'],
  ['uvx', 'pypi'],
]);

/** Ranges and tags mean something else tomorrow. */
const EXACT_VERSION = /^\d[\w.+-]*$/;

/**
 * Writes the latest version of an MCP server as a `server.json` of the MCP registry. Secrets become variables.
 *
 * @returns issues, with paths of the configuration, where it says what others could not use
 */
export function writeServerJson(entry: VersionedEntry): Result<JsonObject, Issue[]> {
  const { name, lasting, versions, latest } = entry;
  const config = versions.find(({ version }) => version === latest)?.document.config as JsonObject;
  const { description = '', labels = {} } = lasting as {
    description?: string;
    labels?: Record<string, string>;
  };
  const way = config.transport === 'stdio' ? writePackage(name, config) : writeRemote(name, config);
  if (!way.ok) return way;
  const registryName = labels[REGISTRY_NAME_LABEL] ?? `local/${name.replace(/[^a-zA-Z0-9._-]+/g, '-')}`;
  return ok({
    $schema: SERVER_JSON_VERSION,
    name: registryName.slice(0, 200),
    description: shortened(description === '' ? name : description),
    version: latest,
    ...way.value,
  });
}

function shortened(text: string): string {
  return text.length <= MAX_DESCRIPTION ? text : `${text.slice(0, MAX_DESCRIPTION - 1)}…`;
}

function writeRemote(name: string, config: JsonObject): Result<JsonObject, Issue[]> {
  const asked = new AskedSecrets();
  const fields = new ServerFields(name, asked.placeholder);
  const url = fields.address(config.url as string);
  if (!/^https?:\/\/\S+$/.test(url)) {
    return fail([
      { path: 'url', message: 'must begin with http:// or https://, and not come from a secret' },
    ]);
  }
  const remote = {
    type: config.transport === 'sse' ? 'sse' : 'streamable-http',
    url,
    ...asked.takeVariables(),
  };
  const written = Object.entries((config.headers as Record<string, string> | undefined) ?? {}).map(
    ([header, text]) => {
      const [value = ''] = Object.values(fields.texts({ [header]: text }));
      return { name: header, value, ...asked.takeVariables() };
    },
  );
  for (const [header, value] of Object.entries(fields.authorization(config.auth as JsonObject | undefined))) {
    written.push({ name: header, value, ...asked.takeVariables() });
  }
  return ok({ remotes: [{ ...remote, ...(written.length > 0 && { headers: written }) }] });
}

function writePackage(name: string, config: JsonObject): Result<JsonObject, Issue[]> {
  const command = config.command as string;
  const registryType = REGISTRIES.get(command);
  if (registryType === undefined) {
    return fail([
      {
        path: 'command',
        message: 'must be npx or uvx: what it starts is on this machine only, and others could not fetch it',
      },
    ]);
  }
  const args = ((config.args as string[] | undefined) ?? []).slice();
  while (args[0] === '-y' || args[0] === '--yes') args.shift();
  const [packageName, ...rest] = args;
  if (packageName === undefined || packageName.startsWith('-')) {
    return fail([
      { path: 'args', message: `must name the package first: options of ${command} cannot be written` },
    ]);
  }
  const [, identifier = packageName, version = null] = /^(.+?)(?:@|==)([^@/]+)$/.exec(packageName) ?? [];
  if (version !== null && !EXACT_VERSION.test(version)) {
    return fail([{ path: 'args', message: `must name one version of the package, not ${version}` }]);
  }
  const asked = new AskedSecrets();
  const fields = new ServerFields(name, asked.placeholder);
  const packageArguments = rest.map((argument, index) => {
    const value = fields.argument(argument, rest[index - 1], index);
    return { type: 'positional', value, ...asked.takeVariables() };
  });
  const env = Object.entries((config.env as Record<string, string> | undefined) ?? {}).map(
    ([variable, text]) => {
      const [value = ''] = Object.values(fields.texts({ [variable]: text }));
      return { name: variable, value, ...asked.takeVariables() };
    },
  );
  const one = {
    registryType,
    identifier,
    ...(version !== null && { version }),
    runtimeHint: command,
    transport: { type: 'stdio' },
    ...(packageArguments.length > 0 && { packageArguments }),
    ...(env.length > 0 && { environmentVariables: env }),
  };
  return ok({ packages: [one] });
}

/** The secrets that a field asks for, as `{NAME}` in its value. */
class AskedSecrets {
  private names = new Set<string>();

  readonly placeholder = (secret: string): string => {
    this.names.add(secret);
    return `{${secret}}`;
  };

  /** What describes those that were asked for since the last time. */
  takeVariables(): JsonObject {
    const variables = Object.fromEntries(
      [...this.names].map((name) => [name, { isRequired: true, isSecret: true }]),
    );
    this.names = new Set();
    return Object.keys(variables).length > 0 ? { variables } : {};
  }
}
