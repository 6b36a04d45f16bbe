import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock';
import { AppError } from '../common/errors/app-error';
import { invalidRequest } from '../common/errors/invalid-request';
import { notFound } from '../common/errors/not-found';
import { afterCommit } from '../database/shared-transaction';
import type { SqlExecutor } from '../database/sql-executor';
import { ComponentCatalog } from '../definitions/component-catalog.service';
import type { WorkflowPlan } from '../engine/core/workflow-plan';
import { RunIntake } from '../engine/run-intake';
import { WorkflowCatalog } from '../workflows/workflow-catalog';
import { type RunRecord, RunRepository } from './run.repository';
import { RunService } from './run.service';

/** Repeats runs. */
@Injectable()
export class RunRerunService {
  constructor(
    private readonly service: RunService,
    private readonly runs: RunRepository,
    private readonly intake: RunIntake,
    private readonly workflows: WorkflowCatalog,
    private readonly components: ComponentCatalog,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts a run with the versions, parameters and labels of an ended one.
   *
   * @param fromStep takes over the outcomes of the steps that neither are this one nor depend on it; null: of none
   * @throws AppError NOT_FOUND without the run, or where its workflow or component is deleted; INVALID_REQUEST without such a step;
   *   CONFLICT while the run has not ended
   */
  async rerun(id: string, fromStep: string | null): Promise<RunRecord> {
    const run = await this.service.get(id);
    const plan = await this.intake.plan(run);
    checkStep(plan, fromStep);
    const rerun = { id: uuidv7(), createdAt: this.clock.now(), rerunOf: id, plan, fromStep };
    const outcome = await this.runs.transaction(async (sql) => {
      await this.hold(sql, run);
      return this.intake.rerun(sql, rerun);
    });
    if (outcome.kind === 'unknown') throw notFound(`workflow run ${id}`);
    if (outcome.kind === 'not-ended') {
      throw new AppError('CONFLICT', `The run has not ended: it is ${run.status}`);
    }
    afterCommit(() => {
      this.intake.announce(outcome.gaveWay);
    });
    return this.service.get(rerun.id);
  }

  /** @throws AppError NOT_FOUND where what the run is of has been deleted */
  private async hold(sql: SqlExecutor, run: RunRecord): Promise<void> {
    if (run.workflowDefinitionId !== null) await this.workflows.hold(sql, run.workflowDefinitionId);
    if (run.mcpDefinitionId !== null) await this.components.hold(sql, run.mcpDefinitionId);
  }
}

function checkStep(plan: WorkflowPlan, fromStep: string | null): void {
  const ids = plan.steps.map(({ id }) => id);
  if (fromStep === null || ids.includes(fromStep)) return;
  throw invalidRequest([
    { path: 'from_step', message: `"${fromStep}" is not a step; allowed: ${ids.join(', ')}` },
  ]);
}
