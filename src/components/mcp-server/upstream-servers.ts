import type {
  CallToolResult,
  CompleteRequestParams,
  CompleteResult,
  GetPromptResult,
  Progress,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplateType,
  Tool,
} from '@modelcontextprotocol/client';
import type { ErrorCode } from '../../common/errors/error-codes';
import type { JsonObject } from '../../engine/core/json';
import type { ToolState } from './tool-drift';

/** A version of an `mcp_server` definition. */
export interface Upstream {
  readonly definitionId: string;
  readonly versionId: string;
  /** As stored. */
  readonly config: JsonObject;
}

/** What a server says of itself when it is connected to. */
export interface ServerIdentity {
  readonly name: string;
  readonly version: string;
  /** The revision of MCP that was agreed on, such as `2026-07-28`. */
  readonly protocolVersion: string;
  readonly instructions: string | null;
}

/** What a server offers, without the tools that its configuration leaves out or holds back. */
export interface UpstreamCatalog {
  readonly tools: readonly Tool[];
  readonly prompts: readonly Prompt[];
  readonly resources: readonly Resource[];
  readonly resourceTemplates: readonly ResourceTemplateType[];
  /** Null for a server that was never reached. */
  readonly server: ServerIdentity | null;
  /** When the lists were read; null when they never were, and are therefore empty. */
  readonly fetchedAt: Date | null;
  /** Whether the server could not be asked when these lists were due again: they are the last good ones. */
  readonly isStale: boolean;
  /** Why it could not be asked; null while the lists are good. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

/** The tools of a server beside those that were approved. */
export interface ToolReport extends Pick<UpstreamCatalog, 'server' | 'fetchedAt' | 'isStale' | 'error'> {
  /** `isHeld`: it may not be called, because `hold_drifted_tools` is set. */
  readonly tools: readonly (ToolState & { readonly isHeld: boolean })[];
}

/** One call of a tool. */
export interface ToolCall {
  readonly tool: string;
  readonly args: JsonObject;
  /** Sent along, the same for every attempt, so that a server can deduplicate. */
  readonly idempotencyKey: string;
}

/** A line of a server's log, as MCP's `notifications/message` carries it. */
export interface ServerLogLine {
  readonly level: 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical' | 'alert' | 'emergency';
  /** Which part of the server wrote it. */
  readonly logger?: string | undefined;
  /** A text, or anything that is JSON. */
  readonly data: unknown;
}

/** How the caller follows one exchange with a server. */
export interface UpstreamExchange {
  /** Ends the exchange, on the server too. */
  readonly signal: AbortSignal;
  onProgress?(progress: Progress): void;
  /** A line of the server's log that belongs to this exchange. */
  onLog?(line: ServerLogLine): void;
}

/**
 * The way to the MCP servers behind `mcp_server` definitions: sessions are kept and shared, reopened after a restart of
 * the server, and what a server offers is remembered. Also the injection token.
 *
 * Methods throw an AppError: UNKNOWN_TOOL, TOOL_HELD, INVALID_INPUT, CONNECTION_FAILED, PROTOCOL_ERROR, UNEXPECTED_STATUS,
 * EGRESS_DENIED, OUTPUT_TOO_LARGE, UNAVAILABLE while stopping; and the signal's reason when it fires.
 */
export abstract class UpstreamServers {
  /**
   * What the server offers: remembered for a while, and asked again after the server said that it changed. Never
   * rejects for the server's sake: one that cannot be reached has its last good lists and `error`.
   */
  abstract catalog(upstream: Upstream, signal: AbortSignal): Promise<UpstreamCatalog>;

  /** How the server's tools stand to those that were approved. Rejects like {@link catalog}. */
  abstract tools(upstream: Upstream, signal: AbortSignal): Promise<ToolReport>;

  /**
   * Approves tools as they are now, and forgets those that are gone.
   * @param names null for all
   * @throws AppError INVALID_REQUEST for an unknown name, or why the server cannot be asked
   */
  abstract acceptTools(
    upstream: Upstream,
    names: readonly string[] | null,
    signal: AbortSignal,
  ): Promise<ToolReport>;

  /** Calls a tool. A result with `isError` is a result here. `timeout_seconds` of the configuration holds as well. */
  abstract callTool(upstream: Upstream, call: ToolCall, exchange: UpstreamExchange): Promise<CallToolResult>;

  abstract getPrompt(
    upstream: Upstream,
    prompt: { readonly name: string; readonly args: Readonly<Record<string, string>> },
    exchange: UpstreamExchange,
  ): Promise<GetPromptResult>;

  abstract readResource(
    upstream: Upstream,
    uri: string,
    exchange: UpstreamExchange,
  ): Promise<ReadResourceResult>;

  /** Completes an argument of a prompt or of a resource template. */
  abstract complete(
    upstream: Upstream,
    params: CompleteRequestParams,
    exchange: UpstreamExchange,
  ): Promise<CompleteResult>;

  /**
   * Tells, by definition, that what a server offers may have changed: `catalog` gives the new lists. Only of servers
   * that were asked before by this process.
   *
   * @returns ends the telling
   */
  abstract onChanged(listener: (definitionId: string) => void): () => void;
}
