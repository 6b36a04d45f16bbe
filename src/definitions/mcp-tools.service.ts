import { Injectable } from '@nestjs/common';

import { assertScope } from '../common/auth/assert-scope';
import type { CallerKey } from '../common/auth/caller-key';
import { AppError } from '../common/errors/app-error';
import { ComponentRegistry } from '../components/component-registry';
import type { ProbeReport } from '../components/component-type';
import { UpstreamServers, type ToolReport, type Upstream } from '../components/mcp-server/upstream-servers';
import { withTimeLimit } from '../components/time-limit';
import { McpDefinitionService } from './mcp-definition.service';
import { readMcpDocument } from './mcp-document';

/** How long the test of a definition may take. */
const TEST_SECONDS = 20;

/** What the latest version of a definition names, reached now: its tools, and whether it answers. */
@Injectable()
export class McpToolsService {
  constructor(
    private readonly definitions: McpDefinitionService,
    private readonly components: ComponentRegistry,
    private readonly servers: UpstreamServers,
  ) {}

  /** @throws AppError NOT_FOUND, or UNPROCESSABLE for a definition that is no `mcp_server` */
  async list(id: string, signal: AbortSignal): Promise<ToolReport> {
    return this.servers.tools(await this.getServer(id), signal);
  }

  /** @param names null for all */
  async accept(
    id: string,
    names: readonly string[] | null,
    caller: CallerKey,
    signal: AbortSignal,
  ): Promise<ToolReport> {
    const server = await this.getServer(id);
    if (this.components.executesCode(server.config)) assertScope(caller, 'code');
    return this.servers.acceptTools(server, names, signal);
  }

  /**
   * @returns what was found, or why the far side cannot be used
   * @throws AppError NOT_FOUND, UNPROCESSABLE for a type that cannot be tested, FORBIDDEN when the test would execute
   *   a command and the key lacks the scope `code`
   */
  async test(id: string, caller: CallerKey, signal: AbortSignal): Promise<ProbeReport | AppError> {
    const { mcpType, latest } = await this.definitions.get(id);
    if (this.components.find(mcpType)?.probe === undefined) {
      throw new AppError('UNPROCESSABLE', `A definition of the type ${mcpType} cannot be tested`);
    }
    const { config } = readMcpDocument(latest.document);
    if (this.components.executesCode(config)) assertScope(caller, 'code');
    const limit = withTimeLimit(signal, TEST_SECONDS, `There was no answer within ${TEST_SECONDS} s`);
    try {
      return await this.components.probe(config, limit.signal);
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    } finally {
      limit.clear();
    }
  }

  private async getServer(id: string): Promise<Upstream> {
    const { mcpType, latest } = await this.definitions.get(id);
    if (mcpType !== 'mcp_server') {
      throw new AppError('UNPROCESSABLE', `Only an mcp_server has tools: this definition is of ${mcpType}`);
    }
    return { definitionId: id, versionId: latest.id, config: readMcpDocument(latest.document).config };
  }
}
