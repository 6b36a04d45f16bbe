import type { Issue } from '../../engine/core/issue';
import { isJsonObject, type JsonObject } from '../../engine/core/json';
import { ok, type Result } from '../../engine/core/result';
import { type Configuration, EMPTY_CONFIGURATION, type VersionedEntry } from './configuration-document';
import type { NewSecret } from './import-plan';

/** Servers that a file of another format was read into. */
export interface ReadServers {
  readonly configuration: Configuration;
  readonly newSecrets: readonly NewSecret[];
}

/** One of them. */
export interface ReadServer {
  readonly entry: VersionedEntry;
  readonly newSecrets: readonly NewSecret[];
}

/** Fields of a configuration that say where the server is; the others are the component's own. */
const ADDRESS_FIELDS = ['transport', 'url', 'headers', 'command', 'args', 'env', 'network'];

/** A server as a component of one version, whose number is found when it is planned. */
export function serverEntry(read: {
  readonly name: string;
  readonly path: string;
  /** What the file says of the server's address. */
  readonly config: JsonObject;
  readonly current: VersionedEntry | undefined;
  readonly newSecrets: readonly NewSecret[];
  readonly notes: readonly string[];
  readonly lasting?: JsonObject;
}): Result<ReadServer[], Issue[]> {
  const { name, path, config, current, newSecrets, notes, lasting = {} } = read;
  const latest = current?.versions.find(({ version }) => version === current.latest)?.document;
  const document = {
    config: keepOwnFields(latest?.config, config),
    input_schema: latest?.input_schema ?? null,
    output_schema: latest?.output_schema ?? null,
  };
  const entry: VersionedEntry = {
    name,
    mcpType: 'mcp_server',
    lasting,
    versions: [{ version: null, document }],
    latest: null,
    source: path,
    notes,
  };
  return ok([{ entry, newSecrets }]);
}

/** All of them as a configuration that has nothing else. */
export function toReadServers(servers: readonly ReadServer[]): ReadServers {
  return {
    configuration: {
      ...EMPTY_CONFIGURATION,
      versioned: { ...EMPTY_CONFIGURATION.versioned, mcp_definitions: servers.map(({ entry }) => entry) },
    },
    newSecrets: servers.flatMap(({ newSecrets }) => newSecrets),
  };
}

/**
 * What the file says, and what was set here beside it (`allow_tools`, `timeout_seconds`). A credential in the file's
 * headers takes the place of `auth`. Empty fields are left out, as people leave them out.
 */
function keepOwnFields(current: unknown, config: JsonObject): JsonObject {
  const before = isJsonObject(current) ? current : {};
  const isSameKind = (before.transport === 'stdio') === (config.transport === 'stdio');
  const replaced = new Set([
    ...ADDRESS_FIELDS,
    ...(isSameKind ? [] : ['auth', 'read_paths', 'write_paths']),
    ...(hasAuthorization(config.headers) ? ['auth'] : []),
  ]);
  const own = Object.entries(before).filter(([field]) => !replaced.has(field));
  const given = Object.entries(config).filter(
    ([, value]) => typeof value !== 'object' || Object.keys(value ?? {}).length > 0,
  );
  return { type: 'mcp_server', ...Object.fromEntries(given), ...Object.fromEntries(own) };
}

function hasAuthorization(headers: unknown): boolean {
  return isJsonObject(headers) && Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}
