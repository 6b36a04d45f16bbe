import { advance } from '../../src/engine/core/advance';
import { applyOutcome, type StepOutcome } from '../../src/engine/core/apply-outcome';
import { compileWorkflow } from '../../src/engine/core/compile-workflow';
import type { Decision } from '../../src/engine/core/decision';
import type { JsonObject, JsonValue } from '../../src/engine/core/json';
import { jsonBytes } from '../../src/engine/core/output-size';
import type { AttemptRecord, Failure, RunFacts } from '../../src/engine/core/run-records';
import { RunState } from '../../src/engine/core/run-state';
import type { Unit } from '../../src/engine/core/unit';
import type { WorkflowPlan } from '../../src/engine/core/workflow-plan';

export const NOW = Date.parse('2026-01-31T09:30:00Z');
export const FACTS = { id: 'run-1', createdAt: '2026-01-31T09:00:00.000Z', params: { n: 2 } };
export const component = { mcp_definition_id: '0197c7a0-0000-7000-8000-000000000001' };
const half = (): number => 0.5;

export function call(id: string, more: JsonObject = {}): JsonObject {
  return { id, uses: component, ...more };
}
export function builtin(id: string, name: string, inputs: JsonValue, more: JsonObject = {}): JsonObject {
  return { id, uses: { builtin: name }, inputs, ...more };
}
export function planOf(steps: JsonObject[], more: JsonObject = {}): WorkflowPlan {
  const compiled = compileWorkflow({ steps, ...more });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

/** A run that a test drives by hand. */
export class Drive {
  now = NOW;
  readonly state: RunState;
  /** What a worker would have recorded, by unit and attempt. */
  private readonly records = new Map<string, AttemptRecord>();
  private failure: Failure | null;

  constructor(
    readonly plan: WorkflowPlan,
    attempts: readonly AttemptRecord[] = [],
    private readonly params: JsonObject = FACTS.params,
    failure: Failure | null = null,
    private readonly checkNested: NonNullable<RunFacts['checkNested']> = () => [],
  ) {
    this.failure = failure;
    for (const attempt of attempts) this.records.set(keyOf(attempt, attempt.attempt), attempt);
    this.state = RunState.restore(plan, { ...FACTS, params, checkNested }, attempts, failure);
  }

  /** The same run on another worker, from what is recorded; what was running there is lost. */
  takenOver(): Drive {
    const inOrder = [...this.records.values()].sort(
      (a, b) => (a.item ?? -1) - (b.item ?? -1) || a.attempt - b.attempt,
    );
    const next = new Drive(this.plan, inOrder, this.params, this.failure, this.checkNested);
    next.now = this.now;
    for (const unit of next.state.runningUnits()) next.outcome({ ...unit, kind: 'lost' });
    return next;
  }

  /** What was recorded as failed for good. */
  failedUnits(): Unit[] {
    return [...this.records.values()].filter(({ status }) => status === 'failed');
  }

  advance(): Decision[] {
    const decisions = advance(this.plan, this.state, this.now);
    for (const decision of decisions) this.record(decision);
    return decisions;
  }

  /** What was decided, shortly: `start a`, `skip b`, `start c[3]`, `end failed`. */
  words(): string[] {
    return this.advance().map((decision) =>
      'stepId' in decision ? `${decision.type} ${nameOf(decision)}` : `${decision.type} ${decision.status}`,
    );
  }

  outcome(outcome: StepOutcome): Decision {
    const decision = applyOutcome(this.plan, this.state, outcome, this.now, half);
    this.record(decision);
    return decision;
  }

  succeed(unit: string | Unit, output: JsonValue = null): Decision {
    return this.outcome({ ...unitOf(unit), kind: 'succeeded', output, bytes: jsonBytes(output) });
  }

  fail(unit: string | Unit, code = 'TOOL_ERROR', retryable = true): Decision {
    return this.outcome({ ...unitOf(unit), kind: 'failed', failure: { code, message: 'no', retryable } });
  }

  private record(decision: Decision): void {
    if (decision.type === 'handle_failure') this.failure = { status: decision.status, error: decision.error };
    if (decision.type === 'end' || decision.type === 'handle_failure') return;
    const { stepId, item } = decision;
    const attempt = decision.type === 'skip' ? 0 : decision.attempt;
    const key = keyOf(decision, attempt);
    this.records.set(key, {
      ...this.records.get(key),
      stepId,
      ...(item !== undefined && { item }),
      attempt,
      status: decision.type === 'fail' ? decision.status : STATUS_AFTER[decision.type],
      ...(decision.type === 'open' && { inputs: decision.inputs }),
      output: decision.type === 'succeed' ? decision.output : null,
      outputBytes: decision.type === 'succeed' ? jsonBytes(decision.output) : 0,
      error: 'error' in decision ? decision.error : null,
      wakeAt: 'wakeAt' in decision ? decision.wakeAt : null,
      endedAt: this.now,
    });
  }
}

const STATUS_AFTER = {
  skip: 'skipped',
  start: 'running',
  open: 'running',
  wait: 'waiting',
  call: 'waiting',
  succeed: 'succeeded',
  retry: 'retrying',
  cancel: 'cancelled',
} as const;

function keyOf({ stepId, item }: Unit, attempt: number): string {
  return `${stepId}:${item}:${attempt}`;
}

function unitOf(unit: string | Unit): Unit {
  return typeof unit === 'string' ? { stepId: unit } : unit;
}

/** `a` for a step, `a[3]` for one of its items. */
function nameOf({ stepId, item }: Unit): string {
  return item === undefined ? stepId : `${stepId}[${item}]`;
}
