import { Injectable } from '@nestjs/common';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';

import { AuditLog } from '../audit/audit-log';
import { type AuditOutcome, NO_SUBJECT } from '../audit/core/audit-event';
import { AppError } from '../common/errors/app-error';
import type { CallFollower } from './call-follower';
import type { RegisteredComponent, RegisteredWorkflow } from './core/registry';
import type { McpSession } from './mcp-session';

/** Something that a client asks for by name. */
export interface AskedFor {
  readonly action: 'tool.call' | 'task.cancel' | 'prompt.get' | 'resource.read';
  readonly name: string;
  readonly args: unknown;
  /** Whose it is; undefined when nothing has that name, or it is the endpoint's own. */
  readonly definition: RegisteredComponent | RegisteredWorkflow | undefined;
}

/** How it ended. */
export interface CallEnding {
  readonly outcome: AuditOutcome;
  readonly errorCode: string | null;
  readonly runId: string | null;
}

const SUCCEEDED: CallEnding = { outcome: 'success', errorCode: null, runId: null };

const INVALID_PARAMS: number = ProtocolErrorCode.InvalidParams;

/** Why something was kept from being done, rather than went wrong. */
const DENIALS: ReadonlySet<string> = new Set(['FORBIDDEN', 'TOOL_HELD', 'EGRESS_DENIED']);

/** Records what clients of the endpoint do. It waits for nothing. */
@Injectable()
export class CallAudit {
  constructor(private readonly log: AuditLog) {}

  /** Does `work`, and records how it ended. */
  async observe<Result>(
    asked: AskedFor,
    session: McpSession,
    follower: CallFollower,
    work: () => Promise<Result>,
    endingOf: (result: Result) => CallEnding = () => SUCCEEDED,
  ): Promise<Result> {
    const startedAt = performance.now();
    try {
      const result = await work();
      this.record(asked, session, follower, startedAt, endingOf(result));
      return result;
    } catch (error) {
      this.record(asked, session, follower, startedAt, endingFor(codeOf(error)));
      throw error;
    }
  }

  private record(
    { action, name, args, definition }: AskedFor,
    { origin, address }: McpSession,
    { client, signal }: CallFollower,
    startedAt: number,
    ending: CallEnding,
  ): void {
    // Whatever went wrong after the client had gone, went wrong because of that.
    const isCancelled = signal.aborted && ending.outcome !== 'success';
    this.log.record({
      ...NO_SUBJECT,
      ...origin,
      ...(isCancelled ? endingFor('CANCELLED', ending.runId) : ending),
      action,
      client: client ?? origin.client,
      toolset: address.toolset?.name ?? null,
      tool: name,
      definitionId: definition?.definitionId ?? null,
      version: definition?.version ?? null,
      request: null,
      arguments: args,
      durationMs: performance.now() - startedAt,
    });
  }
}

/** What a code of an error means for whoever reads of it. */
export function endingFor(errorCode: string, runId: string | null = null): CallEnding {
  return { outcome: outcomeOf(errorCode), errorCode, runId };
}

function outcomeOf(errorCode: string): AuditOutcome {
  if (errorCode === 'CANCELLED') return 'cancelled';
  if (errorCode === 'TOOL_ERROR') return 'tool_error';
  return DENIALS.has(errorCode) ? 'denied' : 'failed';
}

function codeOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  const isClients = error instanceof ProtocolError && error.code === INVALID_PARAMS;
  return isClients ? 'INVALID_REQUEST' : 'INTERNAL';
}
