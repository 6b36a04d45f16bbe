import type { Scope } from './expression';
import type { JsonObject, JsonValue } from './json';
import { canMoveStep, isTerminalStepStatus } from './states';
import type { StepStatus } from './states';
import type { WorkflowPlan } from './workflow-plan';

/** Why a step failed, as it is recorded and as expressions see it. */
export interface StepError {
  readonly code: string;
  readonly message: string;
  readonly details?: JsonValue;
}

/** Why a run failed: the error of the step that failed it, or its own. */
export interface RunError extends StepError {
  readonly step_id?: string;
}

/** How far one step is. */
export interface StepState {
  readonly status: StepStatus;
  /** The number of its latest attempt, from 1; 0 before the first. */
  readonly attempt: number;
  /** How many of its attempts were lost with their worker. */
  readonly lostAttempts: number;
  /** null until it has succeeded. */
  readonly output: JsonValue;
  readonly error: StepError | null;
  /** Epoch milliseconds at which a waiting or retrying step goes on. */
  readonly wakeAt: number | null;
}

/** What of a run its expressions see, and never changes. */
export interface RunFacts {
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly params: JsonObject;
}

/** Why no more steps start, and as what the run ends once the running ones have. */
export interface Closing {
  readonly status: 'failed' | 'cancelled' | 'timed_out';
  readonly error: RunError;
}

/** One attempt, as it was recorded. */
export interface AttemptRecord {
  readonly stepId: string;
  readonly attempt: number;
  readonly status: StepStatus;
  readonly output: JsonValue;
  readonly error: StepError | null;
  /** Epoch milliseconds. */
  readonly wakeAt: number | null;
}

const PENDING: StepState = {
  status: 'pending',
  attempt: 0,
  lostAttempts: 0,
  output: null,
  error: null,
  wakeAt: null,
};

/**
 * How far a run is. Changed in place, by `advance`, `applyOutcome` and `closeRun` only, so that one step's
 * progress costs the same in a workflow of five steps and of five hundred.
 */
export class RunState {
  /** What the run's expressions see; kept in step with the states. */
  readonly scope: Scope;
  private readonly steps = new Map<string, StepState>();
  // Without a prototype: a step may well be called __proto__.
  private readonly scopeSteps = Object.create(null) as JsonObject;
  /** Ids of the steps that have not ended, in topological order. */
  private readonly open = new Set<string>();
  private running = 0;
  private closingOrNull: Closing | null = null;

  constructor(plan: WorkflowPlan, facts: RunFacts) {
    for (const { id } of plan.steps) this.put(id, PENDING);
    this.scope = {
      params: facts.params,
      steps: this.scopeSteps,
      run: { id: facts.id, created_at: facts.createdAt },
    };
  }

  /** The state of a run that was recorded up to some point: by each step's attempts, in their order. */
  static restore(plan: WorkflowPlan, facts: RunFacts, attempts: readonly AttemptRecord[]): RunState {
    const state = new RunState(plan, facts);
    for (const { stepId, attempt, status, output, error, wakeAt } of attempts) {
      if (!plan.stepsById.has(stepId)) continue;
      const lostAttempts = state.step(stepId).lostAttempts + (error?.code === 'WORKER_LOST' ? 1 : 0);
      state.put(stepId, { status, attempt, lostAttempts, output, error, wakeAt });
    }
    for (const { id, onError } of plan.steps) {
      const { status, error } = state.step(id);
      if (onError === 'fail' && error !== null && (status === 'failed' || status === 'timed_out')) {
        state.close({ status: 'failed', error: { ...error, step_id: id } });
      }
    }
    return state;
  }

  step(id: string): StepState {
    const step = this.steps.get(id);
    if (step === undefined) throw new Error(`There is no step "${id}" in the run's plan`);
    return step;
  }

  /** Ids of the steps that have not ended, in topological order. Steps may end while this is walked. */
  get openIds(): ReadonlySet<string> {
    return this.open;
  }

  /** How many steps are at work in the worker. Waiting and retrying ones are not. */
  get runningCount(): number {
    return this.running;
  }

  /** Why nothing new starts; null while the run goes on. */
  get closing(): Closing | null {
    return this.closingOrNull;
  }

  /** Begins to end the run. The first reason stays, but a failure gives way to a cancellation or time limit. */
  close(closing: Closing): void {
    const before = this.closingOrNull;
    if (before === null || (before.status === 'failed' && closing.status !== 'failed')) {
      this.closingOrNull = closing;
    }
  }

  /**
   * Moves a step on; what `change` leaves out stays, but a time to wake at and an error belong to the state
   * that set them.
   *
   * @throws Error for a move that the table of states does not have: a defect of the caller
   */
  move(id: string, status: StepStatus, change: Partial<Omit<StepState, 'status'>> = {}): void {
    const before = this.step(id);
    if (!canMoveStep(before.status, status)) {
      throw new Error(`Step "${id}" cannot go from ${before.status} to ${status}`);
    }
    this.put(id, { ...before, error: null, wakeAt: null, ...change, status });
  }

  /**
   * Epoch milliseconds of the next step to go on by itself, or null when none waits for a time after `now`: what is
   * due already waits for a place among the running ones.
   */
  nextWake(now: number): number | null {
    let next: number | null = null;
    for (const id of this.open) {
      const { wakeAt } = this.step(id);
      if (wakeAt !== null && wakeAt > now && (next === null || wakeAt < next)) next = wakeAt;
    }
    return next;
  }

  /** Ids of the steps at work. After `restore`: those whose attempt was lost with its worker. */
  runningIds(): string[] {
    return [...this.open].filter((id) => this.step(id).status === 'running');
  }

  private put(id: string, next: StepState): void {
    if (this.steps.get(id)?.status === 'running') this.running--;
    if (next.status === 'running') this.running++;
    if (isTerminalStepStatus(next.status)) this.open.delete(id);
    else this.open.add(id);
    this.steps.set(id, next);
    const { status, output, error } = next;
    this.scopeSteps[id] = { status, output, error: error === null ? null : { ...error } };
  }
}
