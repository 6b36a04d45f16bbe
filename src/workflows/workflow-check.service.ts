import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { invalidRequest } from '../common/errors/invalid-request';
import {
  ComponentCatalog,
  type ComponentReference,
  type ResolvedComponent,
} from '../definitions/component-catalog.service';
import { compileWorkflow } from '../engine/core/compile-workflow';
import type { Issue } from '../engine/core/issue';
import type { JsonObject } from '../engine/core/json';
import { componentStepIssues, malformedIdIssues } from './component-step-issues';
import { componentSteps } from './component-steps';

type Resolve = (references: readonly ComponentReference[]) => Promise<ResolvedComponent[]>;

/** Decides whether a spec may be stored: by itself (the compiler), then against the components it names. */
@Injectable()
export class WorkflowCheckService {
  constructor(private readonly components: ComponentCatalog) {}

  /** Everything that is wrong with a spec; empty when it could be stored. */
  async findIssues(spec: JsonObject): Promise<Issue[]> {
    return issuesOf(spec, (references) => this.components.resolve(references));
  }

  /**
   * For storing: the components cannot be deleted until the transaction ends.
   *
   * @throws AppError INVALID_REQUEST with everything that is wrong
   */
  async checkAndHold(spec: JsonObject, manager: EntityManager): Promise<void> {
    const issues = await issuesOf(spec, (references) => this.components.resolveAndHold(references, manager));
    if (issues.length > 0) throw invalidRequest(issues);
  }
}

async function issuesOf(spec: JsonObject, resolve: Resolve): Promise<Issue[]> {
  const compiled = compileWorkflow(spec);
  if (!compiled.ok) return [...compiled.error];
  const steps = componentSteps(spec);
  const malformed = malformedIdIssues(steps);
  return malformed.length > 0 ? malformed : componentStepIssues(steps, await resolve(steps));
}
