import { Injectable, type OnModuleInit } from '@nestjs/common';

import { UUID_IDENTITY } from '../common/entities/uuid-identity';
import { notFound } from '../common/errors/not-found';
import { EntityRegistry } from '../entities/entity-registry';
import type { RunStepResponse } from './dto/run-step.response';
import { RunRelations } from './run-relations';
import { toStepResponse } from './run-step.mapper';
import { RunStepService } from './run-step.service';
import { toRunResponse } from './run.mapper';
import { RunService } from './run.service';
import { readStepIdentity, STEP_IDENTITY } from './step-identity';
import { StepRelations } from './step-relations';

/** Runs and their steps as entities. */
@Injectable()
export class RunEntitiesService implements OnModuleInit {
  constructor(
    private readonly entities: EntityRegistry,
    private readonly runs: RunService,
    private readonly steps: RunStepService,
    private readonly runRelations: RunRelations,
    private readonly stepRelations: StepRelations,
  ) {}

  onModuleInit(): void {
    this.entities.register({
      sources: [
        {
          ...UUID_IDENTITY,
          type: 'workflow_run',
          scope: 'read',
          get: async (id) => toRunResponse(await this.runs.get(id)),
        },
        { ...STEP_IDENTITY, type: 'workflow_step', scope: 'read', get: (id) => this.getStep(id) },
      ],
      relations: [...this.runRelations.all, ...this.stepRelations.all],
    });
  }

  private async getStep(id: string): Promise<RunStepResponse> {
    const { runId, stepId } = readStepIdentity(id) ?? { runId: '', stepId: '' };
    const steps = await this.steps.list(runId);
    const step = steps.find((candidate) => candidate.stepId === stepId);
    if (step === undefined) throw notFound(`step ${stepId} of workflow run ${runId}`);
    return toStepResponse(step);
  }
}
