import type { JsonObject, JsonValue } from '../../engine/core/json';
import { ServerFields } from './server-fields';

/** Whose `mcp.json` is written: they differ in where servers stand, and in how a value from outside is named. */
export const MCP_CLIENTS = ['claude', 'cursor', 'vscode'] as const;
export type McpClient = (typeof MCP_CLIENTS)[number];

/** A server as a component has it. */
export interface ServerToWrite {
  readonly name: string;
  /** A configuration of the type `mcp_server`. */
  readonly config: JsonObject;
}

/** Finds what a value from outside is called in the file of a client. */
const PLACEHOLDERS: Readonly<Record<McpClient, (name: string) => string>> = {
  claude: (name) => `\${${name}}`,
  cursor: (name) => `\${env:${name}}`,
  vscode: (name) => `\${input:${name}}`,
};

/**
 * Writes servers as an `mcp.json` of a client. Secrets, and what is a credential by its name or form although somebody
 * wrote it out, become variables that whoever uses the file must set.
 *
 * @param describe what a secret is for, where VS Code asks for it
 */
export function writeMcpJson(
  client: McpClient,
  servers: readonly ServerToWrite[],
  describe: (secret: string) => string = () => '',
): JsonObject {
  const asked = new Set<string>();
  const written = servers.map(({ name, config }): [string, JsonValue] => {
    const fields = new ServerFields(name, (secret) => {
      asked.add(secret);
      return PLACEHOLDERS[client](secret);
    });
    return [name, writeServer(client, config, fields)];
  });
  const byName = Object.fromEntries(written);
  if (client !== 'vscode') return { mcpServers: byName };
  const inputs = [...asked].toSorted().map((id) => ({
    type: 'promptString',
    id,
    description: describe(id) === '' ? id : describe(id),
    password: true,
  }));
  return { ...(inputs.length > 0 && { inputs }), servers: byName };
}

function writeServer(client: McpClient, config: JsonObject, fields: ServerFields): JsonObject {
  if (config.transport === 'stdio') {
    const args = fields.args((config.args as string[] | undefined) ?? []);
    const env = fields.texts((config.env as JsonObject | undefined) ?? {});
    return {
      // Claude knows it by its command.
      ...(client !== 'claude' && { type: 'stdio' }),
      command: fields.text(config.command as string),
      ...(args.length > 0 && { args }),
      ...(Object.keys(env).length > 0 && { env }),
    };
  }
  const headers = {
    ...fields.texts((config.headers as JsonObject | undefined) ?? {}),
    ...fields.authorization(config.auth as JsonObject | undefined),
  };
  return {
    // Cursor tries both transports.
    ...(client !== 'cursor' && { type: config.transport === 'sse' ? 'sse' : 'http' }),
    url: fields.address(config.url as string),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
}
