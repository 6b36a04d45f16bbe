import { Injectable } from '@nestjs/common';

import { AppError } from '../common/errors/app-error';
import { notFound } from '../common/errors/not-found';
import { issuesText } from '../engine/core/issue';
import type { JsonObject } from '../engine/core/json';
import { ToolsetRepository } from '../toolsets/toolset.repository';
import { ConfigurationRepository } from './configuration.repository';
import type { Configuration } from './core/configuration-document';
import { referTo } from './core/server-secrets';
import { writeDocument } from './core/write-document';
import { writeServerJson } from './core/write-server-json';
import { type McpClient, type ServerToWrite, writeMcpJson } from './core/write-mcp-json';
import { toConfiguration } from './to-configuration';

/** The variable that stands for an API key of ours in exported files. */
const KEY_VARIABLE = 'MCP_BACKEND_API_KEY';

/** Writes what is configured here, for other installations and other programs. */
@Injectable()
export class ExportService {
  constructor(
    private readonly stored: ConfigurationRepository,
    private readonly toolsets: ToolsetRepository,
  ) {}

  /** Everything as one document. */
  async exportAll(): Promise<JsonObject> {
    return writeDocument(await this.read());
  }

  /** The MCP servers, as the file of a client. */
  async exportMcpJson(client: McpClient): Promise<JsonObject> {
    const configuration = await this.read();
    const descriptions = new Map(configuration.secrets.map(({ name, description }) => [name, description]));
    return writeMcpJson(client, serversOf(configuration), (secret) => descriptions.get(secret) ?? '');
  }

  /**
   * The address of our own MCP endpoint, as the file of a client, with a variable for the key.
   *
   * @param origin where whoever asks reaches this server
   * @param toolset null: everything
   * @throws AppError NOT_FOUND without such a toolset
   */
  async exportEndpoint(client: McpClient, origin: string, toolset: string | null): Promise<JsonObject> {
    if (toolset !== null && !(await this.toolsets.isNameTaken(toolset))) throw notFound(`toolset ${toolset}`);
    const config = {
      transport: 'streamable_http',
      url: `${origin}/mcp${toolset === null ? '' : `/${toolset}`}`,
      headers: { Authorization: `Bearer ${referTo(KEY_VARIABLE)}` },
    };
    return writeMcpJson(
      client,
      [{ name: toolset ?? 'mcp-backend', config }],
      () => 'An API key of mcp-backend',
    );
  }

  /** @throws AppError NOT_FOUND without such a server; UNPROCESSABLE naming the field that others could not use */
  async exportServerJson(name: string): Promise<JsonObject> {
    const { versioned } = await this.read();
    const server = versioned.mcp_definitions.find(
      (entry) => entry.name === name && entry.mcpType === 'mcp_server',
    );
    if (server === undefined) throw notFound(`MCP server "${name}"`);
    const written = writeServerJson(server);
    if (written.ok) return written.value;
    throw new AppError('UNPROCESSABLE', issuesText(written.error), { details: { errors: written.error } });
  }

  private async read(): Promise<Configuration> {
    return toConfiguration(await this.stored.read()).configuration;
  }
}

/** The latest version of each MCP server. */
function serversOf({ versioned }: Configuration): ServerToWrite[] {
  return versioned.mcp_definitions
    .filter(({ mcpType }) => mcpType === 'mcp_server')
    .map(({ name, versions, latest }) => ({
      name,
      config: versions.find(({ version }) => version === latest)?.document.config as JsonObject,
    }));
}
