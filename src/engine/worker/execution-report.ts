import { Logger } from '@nestjs/common';

import { isTerminalRunStatus, isTerminalStepStatus, type RunStatus, type StepStatus } from '../core/states';
import type { EngineObserver } from '../ports';
import type { RunSubject } from '../run-subject';
import { type Checkpoint, NO_ITEM } from '../store/checkpoint';
import type { PlanStore } from '../store/plan-store';
import type { ClaimedRun, RecordedAttempt } from '../store/run-store';

/** What a report needs of the worker. */
export interface ReportTools {
  readonly observer: EngineObserver;
  readonly plans: PlanStore;
}

/**
 * Tells the observer of the steps and the run that a run's committed checkpoints have ended. The items of a `for_each`
 * are part of their step; only their retries count by themselves.
 */
export class ExecutionReport {
  private readonly logger = new Logger('Run');
  /** When the first attempt of each step began, epoch milliseconds. */
  private readonly startedAt = new Map<string, number>();
  private runStartedAt: number | null;

  /** @param recorded what earlier workers recorded of the run's steps */
  constructor(
    private readonly run: RunSubject & Pick<ClaimedRun, 'pins' | 'startedAt'>,
    recorded: readonly RecordedAttempt[],
    private readonly tools: ReportTools,
  ) {
    this.runStartedAt = run.startedAt?.getTime() ?? null;
    for (const { stepId, item, startedAt } of recorded) {
      if (item === NO_ITEM) this.noteStart(stepId, startedAt);
    }
  }

  /** To be called once the checkpoint is on disk. Never throws: what is counted must not decide what runs. */
  committed(checkpoint: Checkpoint): void {
    try {
      this.tell(checkpoint);
    } catch (error) {
      this.logger.warn(`Could not count what a run has done: ${String(error)}`);
    }
  }

  private tell({ steps, run }: Checkpoint): void {
    const { observer } = this.tools;
    for (const { stepId, item, status, startedAt, endedAt, usage } of steps) {
      if (usage !== null) observer.modelUsed(usage);
      if (status === 'retrying') observer.stepRetried(this.typeOf(stepId));
      if (item !== NO_ITEM) continue;
      this.noteStart(stepId, startedAt);
      // The table holds what the engine wrote.
      const now = status as StepStatus;
      if (!isTerminalStepStatus(now)) continue;
      const since = this.startedAt.get(stepId);
      observer.stepEnded({
        type: this.typeOf(stepId),
        status: now,
        durationMs: since === undefined || endedAt === null ? null : endedAt.getTime() - since,
      });
    }
    this.runStartedAt ??= run.startedAt?.getTime() ?? null;
    const now = run.status as RunStatus | undefined;
    if (now === undefined || !isTerminalRunStatus(now)) return;
    const { endedAt } = run;
    const since = this.runStartedAt;
    observer.runEnded({
      status: now,
      durationMs: since === null || endedAt === undefined ? null : endedAt.getTime() - since,
    });
  }

  private noteStart(stepId: string, startedAt: Date | null): void {
    if (startedAt !== null && !this.startedAt.has(stepId)) this.startedAt.set(stepId, startedAt.getTime());
  }

  private typeOf(stepId: string): string {
    return this.tools.plans.stepType(this.run, stepId, this.run.pins[stepId]);
  }
}
