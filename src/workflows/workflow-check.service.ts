import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { invalidRequest } from '../common/errors/invalid-request';
import {
  ComponentCatalog,
  type ComponentReference,
  type ResolvedComponent,
} from '../definitions/component-catalog.service';
import { checkWorkflow } from '../engine/core/check-workflow';
import type { Issue } from '../engine/core/issue';
import type { JsonObject } from '../engine/core/json';
import { MAX_NESTING } from '../engine/core/workflow-spec.schema';
import { componentInputIssues } from './component-input-issues';
import { componentStepIssues, malformedIdIssues } from './component-step-issues';
import { componentSteps } from './component-steps';
import { nestedParameterIssues } from './nested-parameter-issues';
import { nestedSteps } from './nested-steps';
import { WorkflowDefinitionRepository } from './workflow-definition.repository';
import { unheededSettings } from './unheeded-settings';
import { type ResolveWorkflows, walkTree } from './workflow-tree';

/** How what a spec names is looked up. */
interface LookUp {
  readonly components: (references: readonly ComponentReference[]) => Promise<ResolvedComponent[]>;
  readonly inputSchemas: (versionIds: readonly string[]) => Promise<ReadonlyMap<string, JsonObject>>;
  readonly workflows: ResolveWorkflows;
  /** The name of a workflow that nests this one and would have too many levels with `height` of them below it. */
  readonly tooDeepCaller: (height: number) => Promise<string | null>;
}

/** Decides whether a spec may be stored: by itself, and against the components and workflows that it names. */
@Injectable()
export class WorkflowCheckService {
  constructor(
    private readonly components: ComponentCatalog,
    private readonly workflows: WorkflowDefinitionRepository,
  ) {}

  /** Everything that is wrong with a spec; empty when it could be stored. */
  async findIssues(spec: JsonObject): Promise<Issue[]> {
    const lookUp: LookUp = {
      components: (references) => this.components.resolve(references),
      inputSchemas: (versionIds) => this.components.inputSchemas(versionIds),
      workflows: (references) => this.workflows.resolve(references),
      tooDeepCaller: () => Promise.resolve(null),
    };
    return issuesOf(spec, lookUp, null);
  }

  /**
   * For storing: the components and workflows cannot be deleted until the transaction ends.
   *
   * @param self the id of the workflow that gets a new version; null: it is new itself
   * @throws AppError INVALID_REQUEST with everything that is wrong
   */
  async checkAndHold(spec: JsonObject, manager: EntityManager, self: string | null): Promise<void> {
    const lookUp: LookUp = {
      components: (references) => this.components.resolveAndHold(references, manager),
      inputSchemas: (versionIds) => this.components.inputSchemas(versionIds, manager),
      workflows: (references) => this.workflows.resolve(references, manager),
      tooDeepCaller: async (height) => (self === null ? null : this.findTooDeepCaller(self, height, manager)),
    };
    const issues = await issuesOf(spec, lookUp, self);
    if (issues.length > 0) throw invalidRequest(issues);
  }

  /**
   * Goes up level by level. Only the latest versions count, as they do for who may be deleted: what older ones come to is
   * told to whoever starts them.
   */
  private async findTooDeepCaller(
    self: string,
    height: number,
    manager: EntityManager,
  ): Promise<string | null> {
    let level = [self];
    for (let above = 1; ; above += 1) {
      const callers = await this.workflows.findCallersOfLatest(level, manager);
      const [first] = callers;
      if (first === undefined) return null;
      if (above + height > MAX_NESTING) return first.name;
      level = callers.map(({ id }) => id);
    }
  }
}

/** What is wrong with one step keeps nothing of the others from being looked at. */
async function issuesOf(document: JsonObject, lookUp: LookUp, self: string | null): Promise<Issue[]> {
  const { issues, sound: spec } = checkWorkflow(document);
  const steps = componentSteps(spec);
  const nested = nestedSteps(spec);
  const malformed = malformedIdIssues([
    ...steps.map(({ path, mcpDefinitionId }) => ({ path: `${path}.mcp_definition_id`, id: mcpDefinitionId })),
    ...nested.map(({ path, workflowDefinitionId }) => ({
      path: `${path}.workflow_definition_id`,
      id: workflowDefinitionId,
    })),
  ]);
  if (malformed.length > 0) return [...issues, ...malformed];
  const tree = await walkTree(spec, lookUp.workflows, self);
  const caller = tree.height === 0 || tree.faults.length > 0 ? null : await lookUp.tooDeepCaller(tree.height);
  const components = await lookUp.components(steps);
  const versionIds = components.flatMap(({ versionId }) => versionId ?? []);
  return [
    ...issues,
    ...unheededSettings(spec),
    ...componentStepIssues(steps, components),
    ...componentInputIssues(steps, components, await lookUp.inputSchemas([...new Set(versionIds)])),
    ...nestedParameterIssues(nested, tree),
    ...tree.faults.map(({ step, field, message }) => ({ path: `${step.path}.${field}`, message })),
    ...(caller === null ? [] : [tooDeepIssue(caller)]),
  ];
}

function tooDeepIssue(caller: string): Issue {
  const message = `the workflow "${caller}", which calls this one, would nest workflows in more than ${MAX_NESTING} levels`;
  return { path: 'steps', message };
}
