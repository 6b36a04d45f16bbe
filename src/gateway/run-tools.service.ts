import { Injectable } from '@nestjs/common';
import type { CallToolResult } from '@modelcontextprotocol/server';

import { AppError } from '../common/errors/app-error';
import type { JsonObject } from '../engine/core/json';
import { ComponentInvoker } from '../runs/component-invoker';
import type { RunRecord } from '../runs/run.repository';
import { RunService } from '../runs/run.service';
import { RunStarter } from '../runs/run-starter';
import { RunStreams } from '../runs/run-streams';
import type { CallFollower } from './call-follower';
import type { RegisteredComponent, RegisteredWorkflow } from './core/registry';
import { type RunEvent, runNarrator } from './core/run-progress';
import { type CreatedTask, createdTask } from './core/run-task';
import { faultResult, outputResult } from './core/tool-result';
import type { McpSession } from './mcp-session';

/** The label of runs that calls of tools have started. */
export const RUN_TRIGGER = 'mcp';

/** How long a client waits that can ask again later: what takes seconds is simpler for everybody as an answer. */
const TASK_AFTER_MS = 5_000;

/** Tools that are runs: workflows, and components other than MCP servers. */
@Injectable()
export class RunTools {
  constructor(
    private readonly starter: RunStarter,
    private readonly invoker: ComponentInvoker,
    private readonly runs: RunService,
    private readonly streams: RunStreams,
  ) {}

  /** @throws AppError NOT_FOUND when the workflow is gone; INVALID_REQUEST when the arguments break its schema */
  async callWorkflow(
    workflow: RegisteredWorkflow,
    args: JsonObject,
    session: McpSession,
    follower: CallFollower,
  ): Promise<CallToolResult | CreatedTask> {
    const runId = await this.starter.start({
      workflowDefinitionId: workflow.definitionId,
      version: workflow.version,
      parameters: args,
      labels: labelsOf(session),
      idempotency: null,
    });
    return this.follow(runId, { steps: workflow.stepCount, hasSchema: false }, follower);
  }

  /** @throws AppError NOT_FOUND when the component is gone */
  async callComponent(
    component: RegisteredComponent,
    args: JsonObject,
    session: McpSession,
    follower: CallFollower,
  ): Promise<CallToolResult | CreatedTask> {
    const runId = await this.invoker.invoke({
      mcpDefinitionId: component.definitionId,
      version: component.version,
      tool: null,
      inputs: args,
      labels: labelsOf(session),
      idempotency: null,
    });
    return this.follow(runId, { steps: 1, hasSchema: component.outputSchema !== null }, follower);
  }

  /**
   * Tells how a run goes until it has ended, and gives its result; or, for a client that can take one, a task when the run
   * takes longer. A client that goes away before takes the run with it: it was started for this call alone, and nobody
   * else knows of it.
   */
  private async follow(
    runId: string,
    { steps, hasSchema }: { readonly steps: number; readonly hasSchema: boolean },
    follower: CallFollower,
  ): Promise<CallToolResult | CreatedTask> {
    const tell = runNarrator();
    const { signal, takesTask } = follower;
    const patience = takesTask ? AbortSignal.any([signal, AbortSignal.timeout(TASK_AFTER_MS)]) : signal;
    for await (const news of this.streams.follow(runId, 0, patience)) {
      if (news.kind !== 'events') continue;
      for (const { type, data } of news.events) {
        const { progress, log } = tell({ type, data: JSON.parse(data) as RunEvent['data'] });
        if (progress !== undefined) follower.progress({ ...progress, total: steps });
        if (log !== undefined) follower.log(log);
      }
    }
    if (signal.aborted) await this.cancel(runId);
    const run = await this.runs.get(runId);
    const goesOn = takesTask && run.endedAt === null && !signal.aborted;
    return goesOn ? createdTask(run) : resultOfRun(run, hasSchema);
  }

  private async cancel(runId: string): Promise<void> {
    try {
      await this.runs.cancel(runId);
    } catch (error) {
      // It ended by itself meanwhile.
      if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
    }
  }
}

/** What a run has come to, as the result of a tool. */
export function resultOfRun(run: RunRecord, hasSchema: boolean): CallToolResult {
  if (run.status === 'succeeded') return outputResult(run.result, run.id, hasSchema);
  const { code, message } = run.error ?? { code: 'UNAVAILABLE', message: `The run is still ${run.status}` };
  return faultResult(code, message, run.id);
}

/** As of every run that something started for somebody (docs/triggers.md). */
function labelsOf({ caller }: McpSession): Record<string, string> {
  return { trigger: RUN_TRIGGER, trigger_id: caller.id };
}
