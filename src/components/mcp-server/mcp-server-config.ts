import { createHash } from 'node:crypto';
import type { JsonObject } from '../../engine/core/json';
import { TIMEOUT_SECONDS_SCHEMA } from '../time-limit';
import { readAuth, SERVER_AUTH_SCHEMA, type ServerAuth } from './server-auth';

/** The most that a server may answer to one call, in bytes of JSON-RPC; past it the call fails. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

const toolNames = (description: string): JsonObject => ({
  type: 'array',
  maxItems: 500,
  items: { type: 'string', minLength: 1, maxLength: 256 },
  description,
});

const paths = (description: string): JsonObject => ({
  type: 'array',
  maxItems: 64,
  items: { type: 'string', minLength: 1, maxLength: 4096 },
  description: `${description} Absolute paths that STDIO_PATHS_ALLOW allows.`,
});

const common: JsonObject = {
  type: { const: 'mcp_server' },
  timeout_seconds: TIMEOUT_SECONDS_SCHEMA,
  allow_tools: toolNames('Only these tools may be called; absent: every tool that the server has.'),
  deny_tools: toolNames('These tools may not be called, also when allow_tools names them.'),
  hold_drifted_tools: {
    type: 'boolean',
    description:
      'Whether tools that are new, or have changed, since the tools of the server were approved may not be called until they are accepted.',
  },
};

export const MCP_SERVER_SCHEMA: JsonObject = {
  title: 'MCP server',
  type: 'object',
  required: ['type', 'transport'],
  properties: { transport: { type: 'string', enum: ['streamable_http', 'sse', 'stdio'] } },
  oneOf: [
    {
      title: 'MCP server over HTTP',
      type: 'object',
      required: ['type', 'transport', 'url'],
      additionalProperties: false,
      properties: {
        ...common,
        transport: {
          type: 'string',
          enum: ['streamable_http', 'sse'],
          description: '`sse` is the transport of 2024: only for servers that have no other.',
        },
        url: { type: 'string', minLength: 1, maxLength: 8192 },
        headers: {
          type: 'object',
          maxProperties: 64,
          additionalProperties: { type: 'string', maxLength: 8192 },
        },
        auth: SERVER_AUTH_SCHEMA,
      },
    },
    {
      title: 'MCP server as a process (stdio)',
      type: 'object',
      required: ['type', 'transport', 'command'],
      additionalProperties: false,
      properties: {
        ...common,
        transport: { const: 'stdio' },
        command: { type: 'string', minLength: 1, maxLength: 4096 },
        args: { type: 'array', maxItems: 256, items: { type: 'string', maxLength: 8192 } },
        env: {
          type: 'object',
          maxProperties: 128,
          additionalProperties: { type: 'string', maxLength: 32_768 },
          description: 'Added to PATH, HOME, LANG and TMPDIR, which are all that the process sees of ours.',
        },
        network: {
          type: 'boolean',
          default: false,
          description: 'Whether it has the network of the machine; otherwise none.',
        },
        read_paths: paths('It sees these beside the runtime and the folders that its arguments name.'),
        write_paths: paths('It may write here, beside its own /tmp.'),
      },
    },
  ],
};

/** How to reach a server over HTTP. */
export interface HttpServer {
  readonly transport: 'streamable_http' | 'sse';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly auth: ServerAuth | null;
}

/** How to start a server as a process. */
export interface StdioServer {
  readonly transport: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly network: boolean;
  readonly readPaths: readonly string[];
  readonly writePaths: readonly string[];
}

export type ServerAddress = HttpServer | StdioServer;

/** What of a configuration matters to a call; absent fields have their defaults. */
export interface McpServerFields {
  readonly server: ServerAddress;
  readonly timeoutSeconds: number | undefined;
  readonly allowTools: readonly string[] | undefined;
  readonly denyTools: readonly string[];
  readonly holdsDriftedTools: boolean;
}

type Texts = Readonly<Record<string, string>>;

/** By configuration: neither is changed, and a server is called thousands of times by one. */
const fieldsOf = new WeakMap<JsonObject, McpServerFields>();
const keyOf = new WeakMap<ServerAddress, string>();

/** Reads a configuration that has passed the schema. */
export function readFields(config: JsonObject): McpServerFields {
  const known = fieldsOf.get(config) ?? parseFields(config);
  fieldsOf.set(config, known);
  return known;
}

function parseFields(config: JsonObject): McpServerFields {
  const server: ServerAddress =
    config.transport === 'stdio'
      ? {
          transport: 'stdio',
          command: config.command as string,
          args: (config.args as string[] | undefined) ?? [],
          env: (config.env as Texts | undefined) ?? {},
          network: config.network === true,
          readPaths: (config.read_paths as string[] | undefined) ?? [],
          writePaths: (config.write_paths as string[] | undefined) ?? [],
        }
      : {
          transport: config.transport === 'sse' ? 'sse' : 'streamable_http',
          url: config.url as string,
          headers: (config.headers as Texts | undefined) ?? {},
          auth: readAuth(config.auth as JsonObject | undefined),
        };
  return {
    server,
    timeoutSeconds: config.timeout_seconds as number | undefined,
    allowTools: config.allow_tools as string[] | undefined,
    denyTools: (config.deny_tools as string[] | undefined) ?? [],
    holdsDriftedTools: config.hold_drifted_tools === true,
  };
}

/** The same for servers that may share connections; a digest, because headers and env hold credentials. */
export function connectionKey(server: ServerAddress): string {
  const known = keyOf.get(server) ?? makeConnectionKey(server);
  keyOf.set(server, known);
  return known;
}

function makeConnectionKey(server: ServerAddress): string {
  const sorted = (texts: Texts) => Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts =
    server.transport === 'stdio'
      ? [
          server.transport,
          server.command,
          server.args,
          sorted(server.env),
          server.network,
          server.readPaths,
          server.writePaths,
        ]
      : [server.transport, server.url, sorted(server.headers), server.auth];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

/** Words for messages: the host, or the command without its arguments (they may hold credentials). */
export function nameOf(server: ServerAddress): string {
  return server.transport === 'stdio' ? `"${server.command}"` : new URL(server.url).host;
}
