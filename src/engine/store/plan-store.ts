import { LRUCache } from 'lru-cache';
import type { SqlExecutor } from '../../database/sql-executor';
import { compileWorkflow } from '../core/compile-workflow';
import { planComponentCall } from '../core/plan-component-call';
import type { WorkflowPlan } from '../core/workflow-plan';
import { issuesText } from '../core/issue';
import type { JsonValue } from '../core/json';
import type { PinnedComponent } from '../ports';
import type { RunSubject } from '../run-subject';

/** Versions never change, so what was read or compiled once holds for ever; only memory bounds these. */
const PLANS_KEPT = 500;
const COMPONENTS_KEPT = 2_000;

/** Reads what runs are made of: compiled plans, and pinned components by their version. */
export class PlanStore {
  private readonly plans = new LRUCache<string, WorkflowPlan>({ max: PLANS_KEPT });
  private readonly components = new LRUCache<string, PinnedComponent>({ max: COMPONENTS_KEPT });

  constructor(private readonly sql: SqlExecutor) {}

  /** The plan of all runs of this subject: of a workflow's version, which was checked when it was saved, or of a call. */
  async plan(subject: RunSubject): Promise<WorkflowPlan> {
    const key = planKey(subject);
    const known = this.plans.get(key);
    if (known !== undefined) return known;
    const { workflowVersionId, mcpDefinitionId, tool } = subject;
    const plan =
      workflowVersionId === null
        ? planComponentCall(mcpDefinitionId ?? '', tool)
        : await this.readPlan(workflowVersionId);
    this.plans.set(key, plan);
    return plan;
  }

  private async readPlan(workflowVersionId: string): Promise<WorkflowPlan> {
    const [row] = await this.sql.query<{ spec: JsonValue }>(
      'SELECT spec FROM workflow_versions WHERE id = $1',
      [workflowVersionId],
    );
    if (row === undefined) throw new Error(`Workflow version ${workflowVersionId} is not in the database`);
    const compiled = compileWorkflow(row.spec);
    if (!compiled.ok) {
      throw new Error(
        `Workflow version ${workflowVersionId} no longer compiles: ${issuesText(compiled.error)}`,
      );
    }
    return compiled.value;
  }

  /** A component's version. */
  async component(versionId: string): Promise<PinnedComponent> {
    const known = this.components.get(versionId);
    if (known !== undefined) return known;
    const [component] = await this.sql.query<PinnedComponent>(
      `SELECT v.id AS "versionId", d.mcp_type AS "mcpType", v.config, v.input_schema AS "inputSchema",
         v.output_schema AS "outputSchema"
       FROM mcp_versions v JOIN mcp_definitions d ON d.id = v.mcp_definition_id WHERE v.id = $1`,
      [versionId],
    );
    if (component === undefined) throw new Error(`Component version ${versionId} is not in the database`);
    this.components.set(versionId, component);
    return component;
  }

  /** What a step is, for counting: see `EndedStep.type`. Looks nothing up. */
  stepType(subject: RunSubject, stepId: string, pin: string | undefined): string {
    if (pin !== undefined) return this.components.peek(pin)?.mcpType ?? 'unknown';
    const uses = this.plans.peek(planKey(subject))?.stepsById.get(stepId)?.uses;
    if (uses?.kind === 'workflow') return 'workflow';
    return uses?.kind === 'builtin' ? `builtin:${uses.name}` : 'unknown';
  }
}

function planKey({ workflowVersionId, mcpDefinitionId, tool }: RunSubject): string {
  return workflowVersionId ?? `${mcpDefinitionId ?? ''} ${tool ?? ''}`;
}
