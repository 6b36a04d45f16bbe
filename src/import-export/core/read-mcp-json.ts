import type { Issue } from '../../engine/core/issue';
import type { JsonObject } from '../../engine/core/json';
import { compileSchema } from '../../engine/core/json-schema';
import { memberPath } from '../../engine/core/member-path';
import { fail, ok, type Result } from '../../engine/core/result';
import { findInArgument, replaceInQuery } from '../../common/redaction/argument-credentials';
import { type ClientInput, hasVariables, replaceVariables } from './client-variables';
import type { Configuration, VersionedEntry } from './configuration-document';
import { findCredential } from '../../common/redaction/credentials';
import { MCP_JSON_SCHEMA } from './mcp-json.schema';
import { type ReadServers, serverEntry, toReadServers } from './server-entry';
import { ServerSecrets } from './server-secrets';

const compiled = compileSchema(MCP_JSON_SCHEMA);
if (!compiled.ok) throw new Error('The schema of an mcp.json is one');
const checkSchema = compiled.value;

/** Fields of a server that change what it is, and that nothing here can do. */
const CANNOT: Readonly<Record<string, string>> = {
  auth: 'is a log-in with a browser, which a server cannot do: take it out, and set auth of the component',
  cwd: 'cannot be chosen here: write paths out in args',
  envFile: 'is a file of the client: write its variables into env',
  headersHelper: 'is a command of the client: write headers',
  oauth: 'is a log-in with a browser, which a server cannot do: take it out, and set auth of the component',
};

const HTTP_TYPES: ReadonlyMap<unknown, 'streamable_http' | 'sse'> = new Map([
  ['http', 'streamable_http'],
  ['streamable-http', 'streamable_http'],
  ['streamableHttp', 'streamable_http'],
  ['sse', 'sse'],
]);

/** What all servers of a file share. */
interface FileContext {
  readonly inputs: ReadonlyMap<string, ClientInput>;
  readonly here: ReadonlyMap<string, VersionedEntry>;
}

/**
 * Reads the servers of an `mcp.json` as Claude, Cursor (`mcpServers`) or VS Code (`servers`, `inputs`) write it.
 * What a component here has beside the address of its server, as `allow_tools`, it keeps.
 */
export function readMcpJson(file: JsonObject, here: Configuration): Result<ReadServers, Issue[]> {
  const faults = checkSchema(file);
  if (faults.length > 0) return fail(faults);
  const key = file.mcpServers === undefined ? 'servers' : 'mcpServers';
  const servers = file[key] as Readonly<Record<string, JsonObject>> | undefined;
  if (servers === undefined) {
    const message = 'must be given, or mcpServers: no servers of Claude, Cursor or VS Code are in the file';
    return fail([{ path: key, message }]);
  }
  const context: FileContext = {
    inputs: readInputs(file.inputs as JsonObject[] | undefined),
    here: new Map(here.versioned.mcp_definitions.map((entry) => [entry.name, entry])),
  };
  const read = Object.entries(servers).map(([name, server]) =>
    readServer(name, server, memberPath(key, name), context),
  );
  const issues = read.flatMap((each) => (each.ok ? [] : each.error));
  if (issues.length > 0) return fail(issues);
  return ok(toReadServers(read.flatMap((each) => (each.ok ? each.value : []))));
}

function readInputs(list: readonly JsonObject[] = []): ReadonlyMap<string, ClientInput> {
  return new Map(
    list.map(({ id, password, default: fallback = null }) => [
      id as string,
      { isPassword: password === true, default: fallback as string | null },
    ]),
  );
}

/** No entry for a server that is switched off in its client. */
function readServer(
  name: string,
  server: JsonObject,
  path: string,
  context: FileContext,
): ReturnType<typeof serverEntry> {
  if (server.disabled === true) return ok([]);
  const cannot = Object.entries(CANNOT)
    .filter(([field]) => server[field] !== undefined)
    .map(([field, message]) => ({ path: memberPath(path, field), message }));
  const fields = new FieldReader(server, path, name, context.inputs);
  const config = server.command !== undefined ? readProcess(fields) : readHttp(fields, server);
  const issues = [...cannot, ...fields.issues, ...fields.secrets.issues];
  if (issues.length > 0) return fail(issues);
  const notes = config.transport === 'stdio' ? ['The process has the network, as it has in its client'] : [];
  return serverEntry({
    name,
    path,
    config,
    current: context.here.get(name),
    newSecrets: fields.secrets.made,
    notes,
  });
}

function readProcess(fields: FieldReader): JsonObject {
  return {
    transport: 'stdio',
    command: fields.text('command'),
    args: fields.args(),
    env: fields.texts('env'),
    network: true,
  };
}

function readHttp(fields: FieldReader, { type, url }: JsonObject): JsonObject {
  const given = HTTP_TYPES.get(type);
  if (type !== undefined && given === undefined && (url !== undefined || type !== 'stdio')) {
    fields.refuse('type', `must be stdio, ${[...HTTP_TYPES.keys()].join(', ')}`);
  } else if (url === undefined) {
    fields.refuse('', 'must have a command, or a url');
  }
  return {
    transport: given ?? 'streamable_http',
    url: fields.address('url'),
    headers: fields.texts('headers'),
  };
}

/** Reads the fields of one server: variables and credentials become references to secrets. */
class FieldReader {
  readonly issues: Issue[] = [];
  readonly secrets: ServerSecrets;

  constructor(
    private readonly server: JsonObject,
    private readonly path: string,
    name: string,
    private readonly inputs: ReadonlyMap<string, ClientInput>,
  ) {
    this.secrets = new ServerSecrets(name);
  }

  refuse(field: string, message: string): void {
    this.issues.push({ path: field === '' ? this.path : memberPath(this.path, field), message });
  }

  text(field: string): string {
    return this.replace(this.server[field] as string, memberPath(this.path, field));
  }

  address(field: string): string {
    const path = memberPath(this.path, field);
    if (this.server[field] === undefined) return '';
    return replaceInQuery(this.text(field), ({ name, value }) =>
      this.secrets.keep({ before: '', value, after: '' }, name, path),
    );
  }

  texts(field: string): JsonObject {
    const value = (this.server[field] ?? {}) as Readonly<Record<string, string | number | null>>;
    const path = memberPath(this.path, field);
    const given = Object.entries(value).filter(([, member]) => member !== null);
    return Object.fromEntries(
      given.map(([name, member]) => {
        const at = memberPath(path, name);
        // VS Code takes numbers for variables of the environment.
        const text = this.replace(String(member), at);
        const found = hasVariables(text) ? null : findCredential(name, text);
        return [name, found === null ? text : this.secrets.keep(found, name, at)];
      }),
    );
  }

  args(): string[] {
    const args = (this.server.args ?? []) as string[];
    const path = memberPath(this.path, 'args');
    return args.map((argument, index) => {
      const at = `${path}[${index}]`;
      const text = this.replace(argument, at);
      const found = hasVariables(text) ? null : findInArgument(text, args[index - 1]);
      return found === null ? text : this.secrets.keep(found, found.name ?? `ARG_${index}`, at);
    });
  }

  private replace(value: string, path: string): string {
    const replaced = replaceVariables(value, path, this.inputs);
    if (replaced.ok) return replaced.value;
    this.issues.push(...replaced.error);
    return '';
  }
}
