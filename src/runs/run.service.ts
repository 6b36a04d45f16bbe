import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { AppError } from '../common/errors/app-error';
import { notFound } from '../common/errors/not-found';
import { RunIntake } from '../engine/run-intake';
import { type PreparedRun, requestOf, type StartRun, RunStarter } from './run-starter';
import { type RunFilter, type RunRecord, RunRepository, type RunSummary } from './run.repository';

/** What the API does with runs: starts them, shows them, cancels them. Driving them is the engine's. */
@Injectable()
export class RunService {
  constructor(
    private readonly runs: RunRepository,
    private readonly starter: RunStarter,
    private readonly intake: RunIntake,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts a run, once it is on disk.
   * @returns the run; an earlier one where the idempotency key was used for the same request
   * @throws AppError as {@link RunStarter.start} does
   */
  async start(wish: StartRun): Promise<RunRecord> {
    const earlierId = await this.starter.findEarlier(wish.idempotency, requestOf(wish));
    if (earlierId !== null) return this.get(earlierId);
    const prepared = await this.starter.prepare(wish);
    const { id, isNew } = await this.starter.begin(prepared);
    return isNew ? newRecord(prepared) : this.get(id);
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<RunRecord> {
    const run = await this.runs.findById(id);
    if (run === null) throw notFound(`workflow run ${id}`);
    return run;
  }

  list(filter: RunFilter, skip: number, limit: number): Promise<{ rows: RunSummary[]; total: number }> {
    return this.runs.findPage(filter, skip, limit);
  }

  /**
   * Cancels a run and those nested in it: at once where no worker holds it, else as soon as its worker hears of it.
   * @throws AppError NOT_FOUND; CONFLICT when it has ended
   */
  async cancel(id: string): Promise<RunRecord> {
    const cancellation = await this.runs.transaction((sql) => this.intake.cancel(sql, id, this.clock.now()));
    const { outcome } = cancellation;
    if (outcome === 'unknown') throw notFound(`workflow run ${id}`);
    const run = await this.get(id);
    if (outcome === 'ended') {
      throw new AppError('CONFLICT', `The run has already ended: it is ${run.status}`);
    }
    this.intake.announceCancel(cancellation);
    return run;
  }
}

/** What stands on disk of a run of a workflow that has just been recorded: nothing in it needs to be read back. */
function newRecord({ run, workflowVersion }: PreparedRun): RunRecord {
  const { id, workflowDefinitionId, workflowVersionId, parameters, labels, createdAt } = run;
  return {
    id,
    workflowDefinitionId,
    workflowVersionId,
    workflowVersion,
    mcpDefinitionId: null,
    mcpVersion: null,
    tool: null,
    status: 'pending',
    parameters,
    labels,
    result: null,
    error: null,
    rerunOf: null,
    parentRunId: null,
    parentStepId: null,
    cancelRequestedAt: null,
    wakeAt: null,
    createdAt,
    updatedAt: createdAt,
    startedAt: null,
    endedAt: null,
  };
}
