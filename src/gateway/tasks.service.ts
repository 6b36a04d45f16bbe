import { Injectable } from '@nestjs/common';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';

import { AppError } from '../common/errors/app-error';
import { isUuid } from '../common/wire/is-uuid';
import { RunService } from '../runs/run.service';
import type { RunRecord } from '../runs/run.repository';
import { askedTask } from './core/run-task';
import type { View } from './core/view';
import type { McpSession } from './mcp-session';
import { resultOfRun, RUN_TRIGGER } from './run-tools.service';

/** Calls that have become tasks: the runs that they started, for the key that called. */
@Injectable()
export class Tasks {
  constructor(private readonly runs: RunService) {}

  /** @throws ProtocolError INVALID_PARAMS when the caller has no such task */
  async get(session: McpSession, taskId: string): Promise<ReturnType<typeof askedTask>> {
    const run = await this.find(session, taskId);
    const hasSchema = namesOutput(session.address.view, run);
    return askedTask(run, run.endedAt === null ? null : resultOfRun(run, hasSchema));
  }

  /** One that has ended stays as it is. @throws ProtocolError INVALID_PARAMS when the caller has no such task */
  async cancel(session: McpSession, taskId: string): Promise<void> {
    const { id } = await this.find(session, taskId);
    try {
      await this.runs.cancel(id);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
    }
  }

  /** Of another key there is none: its arguments and its result are not this one's to see. */
  private async find({ caller }: McpSession, taskId: string): Promise<RunRecord> {
    const run = isUuid(taskId) ? await this.runs.get(taskId).catch(orNull) : null;
    const { trigger, trigger_id: owner } = run?.labels ?? {};
    if (run !== null && trigger === RUN_TRIGGER && owner === caller.id) return run;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no task ${JSON.stringify(taskId)}`);
  }
}

function orNull(error: unknown): null {
  if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
  throw error;
}

/** Whether the tool that a run is of names a schema of what it gives. */
function namesOutput({ tools }: View, { mcpDefinitionId }: RunRecord): boolean {
  return [...tools.values()].some(
    ({ route }) =>
      route.kind === 'component' &&
      route.component.definitionId === mcpDefinitionId &&
      route.component.outputSchema !== null,
  );
}
