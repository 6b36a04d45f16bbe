import { Injectable } from '@nestjs/common';

import type { EntityRelation, RelatedQuery } from '../common/entities/entity-source';
import { relatedAmong, relatedOne } from '../common/entities/related-page';
import type { PlannedStep } from '../engine/core/workflow-plan';
import { RunIntake } from '../engine/run-intake';
import { RunGraphRepository } from './run-graph.repository';
import { formatStepIdentity, readStepIdentity } from './step-identity';

/** What steps of a run have to do with the run and with each other, each relation with its inverse. */
@Injectable()
export class StepRelations {
  constructor(
    private readonly graph: RunGraphRepository,
    private readonly intake: RunIntake,
  ) {}

  readonly all: readonly EntityRelation[] = [
    {
      from: 'workflow_step',
      name: 'step_of',
      to: 'workflow_run',
      size: 'one',
      list: (id) => Promise.resolve(relatedOne(readStepIdentity(id)?.runId)),
    },
    {
      from: 'workflow_run',
      name: 'has_step',
      to: 'workflow_step',
      size: 'few',
      list: async (id, query) => relatedAmong(await this.findSteps(id), query),
    },
    {
      from: 'workflow_step',
      name: 'needs',
      to: 'workflow_step',
      size: 'few',
      list: (id, query) => this.findAmongSteps(id, query, (step, other) => step.needs.includes(other.id)),
    },
    {
      from: 'workflow_step',
      name: 'needed_by',
      to: 'workflow_step',
      size: 'few',
      list: (id, query) => this.findAmongSteps(id, query, (step, other) => other.needs.includes(step.id)),
    },
  ];

  /** In the order of the definition. */
  private async findSteps(runId: string): Promise<string[]> {
    const origin = await this.graph.findOrigin(runId);
    if (origin === null) return [];
    const { stepIds } = await this.intake.plan(origin);
    return stepIds.map((stepId) => formatStepIdentity(runId, stepId));
  }

  /** The steps of the same run of which `isRelated` holds, every step after its needs. */
  private async findAmongSteps(
    id: string,
    query: RelatedQuery,
    isRelated: (step: PlannedStep, other: PlannedStep) => boolean,
  ): Promise<ReturnType<typeof relatedAmong>> {
    const { runId, stepId } = readStepIdentity(id) ?? { runId: '', stepId: '' };
    const origin = await this.graph.findOrigin(runId);
    // The plan, because a step also needs those that its expressions refer to.
    const plan = origin === null ? null : await this.intake.plan(origin);
    const step = plan?.stepsById.get(stepId);
    if (plan === null || step === undefined) return relatedAmong([], query);
    const others = plan.steps.filter((other) => isRelated(step, other));
    return relatedAmong(
      others.map((other) => formatStepIdentity(runId, other.id)),
      query,
    );
  }
}
