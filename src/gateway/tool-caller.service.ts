import { Injectable, Logger } from '@nestjs/common';
import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  type Tool,
} from '@modelcontextprotocol/server';

import { AppError } from '../common/errors/app-error';
import type { Issue } from '../engine/core/issue';
import type { JsonObject } from '../engine/core/json';
import type { CallFollower } from './call-follower';
import { readSearchModeCall, SEARCH_MODE_TOOLS } from './core/search-mode';
import { faultResult } from './core/tool-result';
import type { PublicTool, View } from './core/view';
import type { McpSession } from './mcp-session';
import { RunTools } from './run-tools.service';
import { SchemaChecks } from './schema-checks';
import { UpstreamTools } from './upstream-tools.service';

/** What came of a call, and by which tool's word its structured content goes. */
export interface ToolOutcome {
  readonly result: CallToolResult;
  readonly outputSchema: Tool['outputSchema'];
}

/** Lists tools and sends their calls where they go. */
@Injectable()
export class ToolCaller {
  private readonly logger = new Logger('Mcp');
  private readonly schemas = new SchemaChecks();

  constructor(
    private readonly upstream: UpstreamTools,
    private readonly runs: RunTools,
  ) {}

  /** The tools that a client is shown. */
  list({ address: { toolset, view } }: McpSession): readonly Tool[] {
    return toolset?.mode === 'search' ? SEARCH_MODE_TOOLS : [...view.tools.values()].map(({ tool }) => tool);
  }

  /**
   * Calls a tool. What goes wrong in it, and arguments that it does not take, are results with `isError`.
   * @throws ProtocolError INVALID_PARAMS when there is no such tool; the signal's reason when the client has gone
   */
  async call(
    session: McpSession,
    name: string,
    args: JsonObject,
    follower: CallFollower,
  ): Promise<ToolOutcome> {
    const { toolset, view } = session.address;
    if (toolset?.mode !== 'search') return this.callDirectly(session, view, name, args, follower);

    const shown = SEARCH_MODE_TOOLS.find((tool) => tool.name === name);
    const issues = shown === undefined ? [] : this.schemas.issues(shown.inputSchema, args, '');
    if (issues.length > 0) return refusal(issues);
    const meant = readSearchModeCall(view, name, args);
    if (meant?.kind === 'answer') return { result: meant.result, outputSchema: undefined };
    return this.callDirectly(session, view, meant?.name ?? name, meant?.args ?? args, follower);
  }

  private async callDirectly(
    session: McpSession,
    { tools }: View,
    name: string,
    args: JsonObject,
    follower: CallFollower,
  ): Promise<ToolOutcome> {
    const found = tools.get(name);
    if (found === undefined) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${JSON.stringify(name)}`);
    }
    try {
      const result = await this.route(found, args, session, follower);
      return this.checked(found.tool, result);
    } catch (error) {
      follower.signal.throwIfAborted();
      return { result: this.toFault(error, name), outputSchema: undefined };
    }
  }

  private route(
    { tool, route }: PublicTool,
    args: JsonObject,
    session: McpSession,
    follower: CallFollower,
  ): Promise<CallToolResult> {
    switch (route.kind) {
      case 'upstream':
        // The server checks its arguments itself: it may take more than its schema says.
        return this.upstream.callTool(route.server, route.tool, args, follower);
      case 'component':
        this.assertArguments(tool, args);
        return this.runs.callComponent(route.component, args, session, follower);
      case 'workflow':
        this.assertArguments(tool, args);
        return this.runs.callWorkflow(route.workflow, args, session, follower);
    }
  }

  private assertArguments({ inputSchema }: Tool, args: JsonObject): void {
    const issues = this.schemas.issues(inputSchema, args, '');
    if (issues.length > 0) throw new AppError('INVALID_INPUT', inWords(issues));
  }

  /** A tool that names an output schema must keep to it (server/tools, "Output Schema"): clients build on that. */
  private checked({ outputSchema }: Tool, result: CallToolResult): ToolOutcome {
    if (outputSchema === undefined || result.isError === true) return { result, outputSchema };
    const { structuredContent } = result;
    const issues =
      structuredContent === undefined
        ? [{ path: '', message: 'there is none' }]
        : this.schemas.issues(outputSchema, structuredContent, '');
    if (issues.length === 0) return { result, outputSchema };
    const message = `The tool's structured content does not keep to its output schema: ${inWords(issues)}`;
    return { result: faultResult('PROTOCOL_ERROR', message), outputSchema: undefined };
  }

  private toFault(error: unknown, name: string): CallToolResult {
    if (error instanceof AppError) return faultResult(error.code, error.message);
    this.logger.error(
      `The tool ${name} failed: ${String(error)}`,
      error instanceof Error ? error.stack : undefined,
    );
    return faultResult('INTERNAL', 'Internal error');
  }
}

function refusal(issues: readonly Issue[]): ToolOutcome {
  return { result: faultResult('INVALID_INPUT', inWords(issues)), outputSchema: undefined };
}

function inWords(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}
