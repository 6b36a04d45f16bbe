import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock';
import { AppError } from '../common/errors/app-error';
import { invalidRequest } from '../common/errors/invalid-request';
import { notFound } from '../common/errors/not-found';
import type { JsonObject } from '../engine/core/json';
import { RunIntake } from '../engine/run-intake';
import type { NewRun } from '../engine/store/run-store';
import { WorkflowCatalog } from '../workflows/workflow-catalog';
import { type RunFilter, type RunRecord, RunRepository } from './run.repository';

/** A wish to start a run. */
export interface StartRun {
  readonly workflowDefinitionId: string;
  readonly parameters: JsonObject;
  readonly labels: Record<string, string>;
  /** With the key that sent it: the same request under it starts nothing again for 24 h. */
  readonly idempotency: { readonly apiKeyId: string; readonly key: string } | null;
}

/** What the API does with runs: starts them, shows them, cancels them. Driving them is the engine's. */
@Injectable()
export class RunService {
  constructor(
    private readonly runs: RunRepository,
    private readonly intake: RunIntake,
    private readonly catalog: WorkflowCatalog,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts a run of the workflow's latest version, once it is on disk.
   * @returns the run; an earlier one where the idempotency key was used for the same request
   * @throws AppError NOT_FOUND without such a workflow; INVALID_REQUEST when the parameters break its schema;
   *   UNPROCESSABLE when the idempotency key was used for another request
   */
  async start(wish: StartRun): Promise<RunRecord> {
    const workflow = await this.catalog.resolveForRun(wish.workflowDefinitionId);
    const issues = await this.intake.checkParameters(workflow.workflowVersionId, wish.parameters);
    if (issues.length > 0) {
      // Expressions call them params; the request calls them parameters.
      throw invalidRequest(
        issues.map((issue) => ({ ...issue, path: issue.path.replace(/^params/, 'parameters') })),
      );
    }
    const run: NewRun = {
      id: uuidv7(),
      workflowDefinitionId: wish.workflowDefinitionId,
      workflowVersionId: workflow.workflowVersionId,
      parameters: wish.parameters,
      labels: wish.labels,
      pins: workflow.pins,
      createdAt: this.clock.now(),
    };
    const id = await this.create(run, wish);
    if (id === run.id) this.intake.announce();
    return this.get(id);
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<RunRecord> {
    const run = await this.runs.findById(id);
    if (run === null) throw notFound(`workflow run ${id}`);
    return run;
  }

  list(filter: RunFilter, skip: number, limit: number): Promise<{ rows: RunRecord[]; total: number }> {
    return this.runs.findPage(filter, skip, limit);
  }

  /**
   * Cancels a run: at once where no worker holds it, else as soon as its worker hears of it.
   * @throws AppError NOT_FOUND; CONFLICT when it has ended
   */
  async cancel(id: string): Promise<RunRecord> {
    const outcome = await this.runs.transaction((sql) => this.intake.cancel(sql, id, this.clock.now()));
    if (outcome === 'unknown') throw notFound(`workflow run ${id}`);
    const run = await this.get(id);
    if (outcome === 'ended') {
      throw new AppError('CONFLICT', `The run has already ended: it is ${run.status}`);
    }
    this.intake.announceCancel(id);
    return run;
  }

  /** Records the run, or finds the one that its idempotency key stands for. Gives the id of either. */
  private create(run: NewRun, { idempotency }: StartRun): Promise<string> {
    return this.runs.transaction(async (sql) => {
      if (idempotency !== null) {
        const requestHash = hashRequest(run);
        const entry = { ...idempotency, requestHash, runId: run.id };
        if (!(await this.runs.reserveIdempotencyKey(sql, entry))) {
          const earlier = await this.runs.findIdempotent(sql, idempotency.apiKeyId, idempotency.key);
          if (earlier?.requestHash.equals(requestHash) === true) return earlier.runId;
          throw new AppError(
            'UNPROCESSABLE',
            'Idempotency-Key: was used for another request; use a new key for a new request',
          );
        }
      }
      await this.intake.create(sql, run);
      return run.id;
    });
  }
}

/** What makes two requests the same: what the caller sent, whatever the order of keys' first level. */
function hashRequest({ workflowDefinitionId, parameters, labels }: NewRun): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([workflowDefinitionId, parameters, labels]))
    .digest();
}
