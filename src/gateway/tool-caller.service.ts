import { Injectable, Logger } from '@nestjs/common';
import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  type Tool,
} from '@modelcontextprotocol/server';

import { AppError } from '../common/errors/app-error';
import { type Issue, issuesText } from '../engine/core/issue';
import type { JsonObject } from '../engine/core/json';
import { type AskedFor, CallAudit, type CallEnding, endingFor } from './call-audit';
import type { CallFollower } from './call-follower';
import { readSearchModeCall, SEARCH_MODE_TOOLS } from './core/search-mode';
import { faultResult, readMeta } from './core/tool-result';
import { type CreatedTask, isTask } from './core/run-task';
import type { PublicTool, ToolRoute } from './core/view';
import type { McpSession } from './mcp-session';
import { RunTools } from './run-tools.service';
import { SchemaChecks } from './schema-checks';
import { UpstreamTools } from './upstream-tools.service';

/** What came of a call, and by which tool's word its structured content goes. */
export interface ToolOutcome {
  readonly result: CallToolResult | CreatedTask;
  readonly outputSchema: Tool['outputSchema'];
  readonly ending: CallEnding;
}

/** What a call means. */
interface MeantCall {
  readonly name: string;
  readonly args: JsonObject;
  /** Undefined when there is no such tool, or it is one of the endpoint's own. */
  readonly found: PublicTool | undefined;
  /** Where it can be answered without asking anybody. */
  readonly answer?: ToolOutcome;
}

/** Lists tools and sends their calls where they go. */
@Injectable()
export class ToolCaller {
  private readonly logger = new Logger('Mcp');
  private readonly schemas = new SchemaChecks();

  constructor(
    private readonly upstream: UpstreamTools,
    private readonly runs: RunTools,
    private readonly audit: CallAudit,
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
    const meant = this.read(session, name, args);
    const definition = meant.found === undefined ? undefined : definitionOf(meant.found.route);
    return this.audit.observe(
      { action: 'tool.call', name: meant.name, args: meant.args, definition },
      session,
      follower,
      () => this.answer(meant, session, follower),
      ({ ending }) => ending,
    );
  }

  private read({ address: { toolset, view } }: McpSession, name: string, args: JsonObject): MeantCall {
    if (toolset?.mode !== 'search') return { name, args, found: view.tools.get(name) };
    const shown = SEARCH_MODE_TOOLS.find((tool) => tool.name === name);
    const issues = shown === undefined ? [] : this.schemas.issues(shown.inputSchema, args, '');
    if (issues.length > 0) return { name, args, found: undefined, answer: refusal(issues) };
    const meant = readSearchModeCall(view, name, args);
    if (meant?.kind === 'answer') return { name, args, found: undefined, answer: succeeded(meant.result) };
    const called = meant ?? { name, args };
    return { name: called.name, args: called.args, found: view.tools.get(called.name) };
  }

  private async answer(
    { name, args, found, answer }: MeantCall,
    session: McpSession,
    follower: CallFollower,
  ): Promise<ToolOutcome> {
    if (answer !== undefined) return answer;
    if (found === undefined) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${JSON.stringify(name)}`);
    }
    try {
      const result = await this.route(found, args, session, follower);
      return isTask(result) ? goesOn(result) : this.checked(found, result);
    } catch (error) {
      follower.signal.throwIfAborted();
      return this.fault(error, name);
    }
  }

  private route(
    { tool, route }: PublicTool,
    args: JsonObject,
    session: McpSession,
    follower: CallFollower,
  ): Promise<CallToolResult | CreatedTask> {
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
    if (issues.length > 0) throw new AppError('INVALID_INPUT', issuesText(issues));
  }

  /** A tool that names an output schema must keep to it (server/tools, "Output Schema"): clients build on that. */
  private checked({ tool: { outputSchema }, route }: PublicTool, result: CallToolResult): ToolOutcome {
    const ending = endingOf(route, result);
    if (outputSchema === undefined || result.isError === true) return { result, outputSchema, ending };
    const { structuredContent } = result;
    const issues =
      structuredContent === undefined
        ? [{ path: '', message: 'there is none' }]
        : this.schemas.issues(outputSchema, structuredContent, '');
    if (issues.length === 0) return { result, outputSchema, ending };
    const message = `The tool's structured content does not keep to its output schema: ${issuesText(issues)}`;
    return failed('PROTOCOL_ERROR', message, ending.runId);
  }

  private fault(error: unknown, name: string): ToolOutcome {
    if (error instanceof AppError) return failed(error.code, error.message);
    this.logger.error(
      `The tool ${name} failed: ${String(error)}`,
      error instanceof Error ? error.stack : undefined,
    );
    return failed('INTERNAL', 'Internal error');
  }
}

function definitionOf(route: ToolRoute): AskedFor['definition'] {
  if (route.kind === 'upstream') return route.server.component;
  return route.kind === 'component' ? route.component : route.workflow;
}

/** How a call that gave a result ended. What a server says of itself in `_meta` is not believed. */
function endingOf(route: ToolRoute, result: CallToolResult): CallEnding {
  const { runId, errorCode } =
    route.kind === 'upstream' ? { runId: null, errorCode: null } : readMeta(result);
  if (result.isError !== true) return { outcome: 'success', errorCode: null, runId };
  return endingFor(errorCode ?? 'TOOL_ERROR', runId);
}

function succeeded(result: CallToolResult): ToolOutcome {
  return { result, outputSchema: undefined, ending: { outcome: 'success', errorCode: null, runId: null } };
}

/** The call itself has succeeded: how its run ends is the run's to tell. */
function goesOn(task: CreatedTask): ToolOutcome {
  const ending = { outcome: 'success', errorCode: null, runId: task.taskId } as const;
  return { result: task, outputSchema: undefined, ending };
}

function failed(code: string, message: string, runId: string | null = null): ToolOutcome {
  return { result: faultResult(code, message), outputSchema: undefined, ending: endingFor(code, runId) };
}

function refusal(issues: readonly Issue[]): ToolOutcome {
  return failed('INVALID_INPUT', issuesText(issues));
}
