import type { Issue } from '../../engine/core/issue';
import { isJsonObject, type JsonObject } from '../../engine/core/json';
import { compileSchema } from '../../engine/core/json-schema';
import { fail, ok, type Result } from '../../engine/core/result';
import type { Configuration } from './configuration-document';
import { secretName } from './secret-name';
import { type ReadServers, serverEntry, toReadServers } from './server-entry';
import { InputReader, type ServerInput } from './server-inputs';
import { SERVER_JSON_SCHEMA } from './server-json.schema';
import { ServerSecrets } from './server-secrets';

const compiled = compileSchema(SERVER_JSON_SCHEMA);
if (!compiled.ok) throw new Error('The schema of a server.json is one');
const checkSchema = compiled.value;

type Input = ServerInput & { readonly name?: string; readonly type?: string };

interface Remote {
  readonly type: string;
  readonly url: string;
  readonly headers?: readonly Input[];
  readonly variables?: Readonly<Record<string, ServerInput>>;
}

interface Package {
  readonly registryType: string;
  readonly registryBaseUrl?: string;
  readonly identifier: string;
  readonly version?: string;
  readonly transport: { readonly type: string };
  readonly runtimeArguments?: readonly Input[];
  readonly packageArguments?: readonly Input[];
  readonly environmentVariables?: readonly Input[];
}

const TRANSPORTS: ReadonlyMap<string, string> = new Map([
  ['streamable-http', 'streamable_http'],
  ['sse', 'sse'],
]);

/** What starts packages here, by the registry that they come from. */
const RUNNERS: ReadonlyMap<
  string,
  { readonly command: string; readonly args: readonly string[]; readonly from: string }
> = new Map([
  ['npm', { command: 'npx', args: ['-y'], from: 'https://registry.npmjs.org' }],
  ['pypi', { command: 'uvx', args: [], from: 'https://pypi.org' }],
]);

/** The label that keeps what a server is called in the registry. */
export const REGISTRY_NAME_LABEL = 'registry-name';

/** What reading one way to a server gives. */
interface Reading {
  readonly config: JsonObject;
  readonly path: string;
  readonly issues: readonly Issue[];
  readonly secrets: ServerSecrets;
}

/**
 * Reads a `server.json` of the MCP registry, or what the registry's API answers with. Of the ways to reach the server the
 * first that can be used here is taken: an address before a package.
 *
 * @param name of the component; null: the last part of the server's
 */
export function readServerJson(
  file: JsonObject,
  here: Configuration,
  name: string | null,
): Result<ReadServers, Issue[]> {
  const server = isJsonObject(file.server) ? file.server : file;
  const faults = checkSchema(server);
  if (faults.length > 0) return fail(faults);
  const registryName = server.name as string;
  const componentName = name ?? registryName.slice(registryName.indexOf('/') + 1);
  const secretsHere = new Set(here.secrets.map((secret) => secret.name));
  const readers = () => {
    const secrets = new ServerSecrets(componentName);
    return { secrets, inputs: new InputReader(secrets, secretsHere) };
  };
  const readings = [
    ...((server.remotes as unknown as Remote[] | undefined) ?? []).map((remote, index) =>
      readRemote(remote, `remotes[${index}]`, componentName, readers()),
    ),
    ...((server.packages as unknown as Package[] | undefined) ?? []).map((one, index) =>
      readPackage(one, `packages[${index}]`, componentName, readers()),
    ),
  ];
  if (readings.length === 0) return fail([{ path: 'remotes', message: 'must be given, or packages' }]);
  const usable = readings.find(({ issues }) => issues.length === 0);
  if (usable === undefined) return fail(readings.flatMap(({ issues }) => issues));
  const current = here.versioned.mcp_definitions.find((entry) => entry.name === componentName);
  const entry = serverEntry({
    name: componentName,
    path: usable.path,
    config: usable.config,
    current,
    newSecrets: usable.secrets.made,
    notes: [],
    // Later these are its owner's.
    ...(current === undefined && {
      lasting: { description: server.description as string, labels: { [REGISTRY_NAME_LABEL]: registryName } },
    }),
  });
  return entry.ok ? ok(toReadServers(entry.value)) : entry;
}

interface Readers {
  readonly secrets: ServerSecrets;
  readonly inputs: InputReader;
}

function readRemote(
  { type, url, headers = [], variables = {} }: Remote,
  path: string,
  server: string,
  { secrets, inputs }: Readers,
): Reading {
  const transport = TRANSPORTS.get(type);
  const config = {
    transport: transport ?? '',
    url: inputs.fill(url, variables, path),
    headers: keyValues(headers, `${path}.headers`, inputs, (name) => secretName(server, name)),
  };
  const unknown =
    transport === undefined
      ? [{ path: `${path}.type`, message: `must be one of ${[...TRANSPORTS.keys()].join(', ')}` }]
      : [];
  return { config, path, secrets, issues: [...unknown, ...inputs.issues, ...secrets.issues] };
}

function readPackage(one: Package, path: string, server: string, { secrets, inputs }: Readers): Reading {
  const { registryType, registryBaseUrl, identifier, version, transport } = one;
  const runner = RUNNERS.get(registryType);
  const issues: Issue[] = [];
  if (runner === undefined) {
    const message = `"${registryType}" cannot be run here: npm (by npx) and pypi (by uvx) can`;
    issues.push({ path: `${path}.registryType`, message });
  } else if (registryBaseUrl !== undefined && registryBaseUrl.replace(/\/$/, '') !== runner.from) {
    issues.push({ path: `${path}.registryBaseUrl`, message: `must be ${runner.from}` });
  }
  if (transport.type !== 'stdio') {
    issues.push({ path: `${path}.transport.type`, message: 'must be stdio: packages are run as processes' });
  }
  const own = argumentsOf(one.runtimeArguments, `${path}.runtimeArguments`, server, inputs);
  const config = {
    transport: 'stdio',
    command: runner?.command ?? '',
    args: [
      ...(runner?.args ?? []).filter((argument) => !own.includes(argument)),
      ...own,
      version === undefined ? identifier : `${identifier}@${version}`,
      ...argumentsOf(one.packageArguments, `${path}.packageArguments`, server, inputs),
    ],
    env: keyValues(one.environmentVariables ?? [], `${path}.environmentVariables`, inputs, (name) => name),
    // Its runner fetches it.
    network: true,
  };
  return { config, path, secrets, issues: [...issues, ...inputs.issues, ...secrets.issues] };
}

function keyValues(
  list: readonly Input[],
  path: string,
  inputs: InputReader,
  secretOf: (name: string) => string,
): JsonObject {
  return Object.fromEntries(
    list.flatMap((input, index): [string, string][] => {
      const name = input.name ?? '';
      const value = inputs.read(input, secretOf(name), `${path}[${index}]`);
      return value === null ? [] : [[name, value]];
    }),
  );
}

function argumentsOf(
  list: readonly Input[] = [],
  path: string,
  server: string,
  inputs: InputReader,
): string[] {
  return list.flatMap((input, index) => {
    const { name, type } = input;
    const value = inputs.read(input, secretName(server, name ?? `ARG_${index}`), `${path}[${index}]`);
    if (value === null) return [];
    if (type === 'positional' || name === undefined) return [value];
    if (value === '') return [name];
    return name.startsWith('--') ? [`${name}=${value}`] : [name, value];
  });
}
