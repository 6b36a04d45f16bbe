import { Injectable } from '@nestjs/common';
import { notFound } from '../common/errors/not-found';
import type { Page } from '../common/pagination/page';
import type { StepStatus } from '../engine/core/states';
import { RunIntake } from '../engine/run-intake';
import type { RunRecord } from './run.repository';
import { type AttemptRecord, type ItemCount, RunStepRepository } from './run-step.repository';
import { RunService } from './run.service';

/** A step of a run with what is recorded of it. */
export interface StepRecord {
  readonly stepId: string;
  /** Its status where nothing is recorded of it. */
  readonly unbegun: StepStatus;
  /** Oldest first; empty until it begins or is skipped. */
  readonly attempts: readonly AttemptRecord[];
  /** Of a `for_each` step: how many of its items have come to which status. */
  readonly itemCounts: readonly ItemCount[];
}

/** An item of a `for_each` step with its attempts, oldest first. */
export interface ItemRecord {
  readonly item: number;
  readonly attempts: readonly AttemptRecord[];
}

/** Shows the steps of runs. */
@Injectable()
export class RunStepService {
  constructor(
    private readonly runs: RunService,
    private readonly steps: RunStepRepository,
    private readonly intake: RunIntake,
  ) {}

  /**
   * The run's steps in the order of the definition.
   * @throws AppError NOT_FOUND
   */
  async list(runId: string): Promise<StepRecord[]> {
    const run = await this.runs.get(runId);
    const [{ stepIds }, attempts, counts] = await Promise.all([
      this.intake.plan(run),
      this.steps.findAttempts(runId),
      this.steps.countItems(runId),
    ]);
    const attemptsOf = Map.groupBy(attempts, ({ stepId }) => stepId);
    const countsOf = Map.groupBy(counts, ({ stepId }) => stepId);
    return stepIds.map((stepId) => ({
      stepId,
      unbegun: unbegunStatus(run),
      attempts: attemptsOf.get(stepId) ?? [],
      itemCounts: countsOf.get(stepId) ?? [],
    }));
  }

  /**
   * A page of the items of a step that have begun, in their order.
   * @throws AppError NOT_FOUND without the run, or such a step in its workflow
   */
  async listItems(
    runId: string,
    stepId: string,
    status: string | undefined,
    skip: number,
    limit: number,
  ): Promise<Page<ItemRecord>> {
    const run = await this.runs.get(runId);
    const { stepIds } = await this.intake.plan(run);
    if (!stepIds.includes(stepId)) throw notFound(`step ${stepId} of workflow run ${runId}`);
    const [attempts, counts] = await Promise.all([
      this.steps.findItemAttempts(runId, stepId, status, skip, limit),
      this.steps.countItems(runId, stepId),
    ]);
    const items = [...Map.groupBy(attempts, ({ item }) => item)].map(([item, ofItem]) => ({
      item,
      attempts: ofItem,
    }));
    const counted = counts.filter((count) => status === undefined || count.status === status);
    return { items, total: counted.reduce((total, { count }) => total + count, 0), skip, limit };
  }
}

/** Steps of which nothing is recorded in a run that has ended: `on_failure` where nothing failed, above all. */
function unbegunStatus({ endedAt, status }: RunRecord): StepStatus {
  if (endedAt === null) return 'pending';
  return status === 'cancelled' ? 'cancelled' : 'skipped';
}
