import type { Scope } from './expression';
import { HeldOutputs } from './held-outputs';
import type { StepList } from './held-outputs';
import type { Issue } from './issue';
import type { JsonObject, JsonValue } from './json';
import { LoopState } from './loop-state';
import { outputSizeFault } from './output-size';
import type { AttemptRecord, Closing, Failure, RunFacts } from './run-records';
import type { Signal } from './signal';
import { canMoveStep, isTerminalStepStatus } from './states';
import type { StepStatus } from './states';
import { nameOf, PENDING } from './unit';
import type { StepError, Unit, UnitState } from './unit';
import type { PlannedLoop, PlannedStep, WorkflowPlan } from './workflow-plan';

/** A unit that waits for the end of a nested run. */
export interface NestedUnit extends Unit {
  /** A nested run belongs to one attempt. */
  readonly attempt: number;
  readonly wakeAt: number | null;
}

/**
 * How far a run is. Changed in place, by `advance`, `applyOutcome` and `closeRun` only, so that one step's
 * progress costs the same in a workflow of five steps and of five hundred.
 */
export class RunState {
  /** What the run's expressions see; kept in step with the states. */
  readonly scope: Scope;
  private readonly steps = new Map<string, UnitState>();
  /** The items of the `for_each` steps that are under way. */
  private readonly loops = new Map<string, LoopState>();
  private readonly signals = new Map<string, Signal>();
  // Without a prototype: a step may well be called __proto__.
  private readonly scopeSteps = Object.create(null) as JsonObject;
  /** Ids of the steps that have not ended, in topological order. */
  private readonly open = new Set<string>();
  private readonly held = new HeldOutputs();
  private readonly failureIds: ReadonlySet<string>;
  private running = 0;
  private closingOrNull: Closing | null = null;
  private failureOrNull: Failure | null = null;
  private readonly scopeRun: JsonObject;

  constructor(
    private readonly plan: WorkflowPlan,
    private readonly facts: RunFacts,
  ) {
    this.failureIds = new Set(plan.onFailure.map(({ id }) => id));
    for (const { id } of plan.steps) this.putStep(id, PENDING);
    this.scopeRun = { id: facts.id, created_at: facts.createdAt };
    this.scope = { params: facts.params, steps: this.scopeSteps, run: this.scopeRun };
  }

  /**
   * The state of a run that was recorded up to some point: by each unit's attempts in their order, a step's own before
   * those of its items.
   *
   * @param failure where the run has failed already and does its `on_failure` steps
   */
  static restore(
    plan: WorkflowPlan,
    facts: RunFacts,
    attempts: readonly AttemptRecord[],
    failure: Failure | null = null,
  ): RunState {
    const state = new RunState(plan, facts);
    if (failure !== null) state.handleFailure(failure);
    for (const record of attempts) state.restoreAttempt(record);
    state.closeByFirstFailure(attempts);
    return state;
  }

  step(id: string): UnitState {
    const step = this.steps.get(id);
    if (step === undefined) throw new Error(`There is no step "${id}" in the run's plan`);
    return step;
  }

  /** The items of a `for_each` step that is under way; undefined for any other. */
  loop(stepId: string): LoopState | undefined {
    return this.loops.get(stepId);
  }

  /** @throws Error for an item whose step is not under way, or that has ended: a defect of the caller */
  unit({ stepId, item }: Unit): UnitState {
    if (item === undefined) return this.step(stepId);
    const loop = this.loops.get(stepId);
    if (loop === undefined) throw new Error(`Step "${stepId}" has no items under way`);
    return loop.item(item);
  }

  /** What the expressions of a unit's inputs see. */
  scopeOf({ stepId, item }: Unit): Scope {
    if (item === undefined) return this.scope;
    return { ...this.scope, item: this.loops.get(stepId)?.items[item] ?? null, index: item };
  }

  /** What keeps an output of so many bytes from being a unit's: that it is too large, or the run full; or null. */
  outputFault({ stepId }: Unit, bytes: number): StepError | null {
    return outputSizeFault(bytes) ?? this.held.fault(this.listOf(stepId), bytes);
  }

  /** Takes in what was sent to a step, whether it already waits for it or not. A second time changes nothing. */
  deliver(signal: Signal): void {
    const holder = this.plan.signals.get(signal.name)?.stepId ?? '';
    const status = this.steps.get(holder)?.status ?? 'pending';
    // What a step has taken is held once, as its output.
    if (!isTerminalStepStatus(status)) this.signals.set(signal.name, signal);
  }

  signal(name: string): Signal | undefined {
    return this.signals.get(name);
  }

  /** What is wrong with the parameters of a nested run, by the schema of the workflow that the step calls. */
  checkNested(stepId: string, params: JsonValue): Issue[] {
    return this.facts.checkNested?.(stepId, params) ?? [];
  }

  /** The units that wait for the end of a nested run. */
  nestedUnits(): NestedUnit[] {
    const units: NestedUnit[] = [];
    for (const stepId of this.plan.nestedIds) {
      if (!this.open.has(stepId)) continue;
      const { status, attempt, wakeAt } = this.step(stepId);
      if (status === 'waiting') units.push({ stepId, attempt, wakeAt });
      for (const [item, state] of this.loops.get(stepId)?.openItems ?? []) {
        if (state.status === 'waiting')
          units.push({ stepId, item, attempt: state.attempt, wakeAt: state.wakeAt });
      }
    }
    return units;
  }

  /** Whether a step holds until something comes from outside: a signal, the end of a nested run. */
  get awaitsNews(): boolean {
    if (this.nestedUnits().length > 0) return true;
    return [...this.open].some((id) => {
      const name = this.plan.stepsById.get(id)?.signalName ?? null;
      return name !== null && this.step(id).status === 'waiting';
    });
  }

  /** Ids of the steps that have not ended, in topological order. Steps may end while this is walked. */
  get openIds(): ReadonlySet<string> {
    return this.open;
  }

  /** How many units are at work in the worker. Waiting and retrying ones are not; nor is a step, for its items. */
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

  /** As what the run ends once its `on_failure` steps have; null before they begin. */
  get failure(): Failure | null {
    return this.failureOrNull;
  }

  /** Begins with the `on_failure` steps: the others have ended, and failed the run. */
  handleFailure(failure: Failure): void {
    this.failureOrNull = failure;
    this.closingOrNull = null;
    this.scopeRun['error'] = { ...failure.error };
    for (const { id } of this.plan.onFailure) this.putStep(id, PENDING);
  }

  /** Whether nothing new starts where the unit belongs: its run ends, or its loop has failed. */
  isEnding({ stepId, item }: Unit): boolean {
    if (this.closingOrNull !== null) return true;
    return item !== undefined && (this.loops.get(stepId)?.failure ?? null) !== null;
  }

  /**
   * Moves a unit on; what `change` leaves out stays, but a time to wake at and an error belong to the state
   * that set them.
   *
   * @throws Error for a move that the table of states does not have: a defect of the caller
   */
  move(unit: Unit, status: StepStatus, change: Partial<Omit<UnitState, 'status'>> = {}): void {
    const before = this.unit(unit);
    if (!canMoveStep(before.status, status)) {
      throw new Error(`The ${nameOf(unit)} cannot go from ${before.status} to ${status}`);
    }
    this.put(unit, { ...before, error: null, wakeAt: null, ...change, status });
  }

  /** Begins a `for_each` step with its items. */
  openLoop(step: PlannedStep, loop: PlannedLoop, items: readonly JsonValue[], attempt: number): void {
    const opened = new LoopState(items, loop.onItemError);
    this.loops.set(step.id, opened);
    this.held.add(this.listOf(step.id), opened.outputBytes);
    this.move({ stepId: step.id }, 'running', { attempt });
  }

  /**
   * Epoch milliseconds of the next unit to go on by itself, or null when none waits for a time after `now`: what is
   * due already waits for a place among the running ones.
   */
  nextWake(now: number): number | null {
    let next: number | null = null;
    for (const { wakeAt } of this.openStates()) {
      if (wakeAt !== null && wakeAt > now && (next === null || wakeAt < next)) next = wakeAt;
    }
    return next;
  }

  /** The units at work. After `restore`: those whose attempt was lost with its worker. */
  runningUnits(): Unit[] {
    const running: Unit[] = [];
    for (const stepId of this.open) {
      const loop = this.loops.get(stepId);
      if (loop === undefined && this.step(stepId).status === 'running') running.push({ stepId });
      for (const [item, { status }] of loop?.openItems ?? []) {
        if (status === 'running') running.push({ stepId, item });
      }
    }
    return running;
  }

  /** With the step that failed first in time, as when it did; of several in one turn, the first of the plan. */
  private closeByFirstFailure(attempts: readonly AttemptRecord[]): void {
    const endedAt = new Map(attempts.map(({ stepId, endedAt }) => [stepId, endedAt ?? Infinity]));
    const list = this.failureOrNull === null ? this.plan.steps : this.plan.onFailure;
    const failed = list.filter(({ id, onError }) => {
      const { status } = this.step(id);
      return onError === 'fail' && (status === 'failed' || status === 'timed_out');
    });
    const [first] = failed.toSorted((a, b) => (endedAt.get(a.id) ?? 0) - (endedAt.get(b.id) ?? 0));
    const error = first === undefined ? null : this.step(first.id).error;
    if (first !== undefined && error !== null) {
      this.close({ status: 'failed', error: { ...error, step_id: first.id } });
    }
  }

  private *openStates(): Generator<UnitState> {
    for (const stepId of this.open) {
      yield this.step(stepId);
      const loop = this.loops.get(stepId);
      if (loop !== undefined) yield* loop.openItems.values();
    }
  }

  private restoreAttempt({
    stepId,
    item,
    attempt,
    status,
    inputs,
    output,
    outputBytes,
    error,
    wakeAt,
  }: AttemptRecord): void {
    const step = this.plan.stepsById.get(stepId);
    // The items of a step that has ended are in its output.
    if (step === undefined || (item !== undefined && !this.loops.has(stepId))) return;
    const unit = { stepId, ...(item !== undefined && { item }) };
    if (item === undefined && step.forEach !== null && status === 'running') {
      this.openLoop(step, step.forEach, Array.isArray(inputs) ? inputs : [], attempt);
      return;
    }
    const lostAttempts = this.unit(unit).lostAttempts + (error?.code === 'WORKER_LOST' ? 1 : 0);
    this.put(unit, { status, attempt, lostAttempts, output, outputBytes, error, wakeAt });
  }

  private put(unit: Unit, next: UnitState): void {
    const { stepId, item } = unit;
    const loop = this.loops.get(stepId);
    // A step with items is at work by them.
    const isAtWork = item !== undefined || loop === undefined;
    if (isAtWork && this.unit(unit).status === 'running') this.running--;
    if (isAtWork && next.status === 'running') this.running++;
    if (item === undefined) this.putStep(stepId, next);
    else if (loop !== undefined) this.putItem(stepId, loop, item, next);
  }

  private putItem(stepId: string, loop: LoopState, item: number, next: UnitState): void {
    const before = loop.outputBytes;
    loop.put(item, next);
    this.held.add(this.listOf(stepId), loop.outputBytes - before);
  }

  private putStep(id: string, next: UnitState): void {
    this.held.add(this.listOf(id), next.outputBytes - (this.steps.get(id)?.outputBytes ?? 0));
    if (isTerminalStepStatus(next.status)) {
      this.open.delete(id);
      // What its items gave is part of its own output now, or of nothing.
      this.held.add(this.listOf(id), -(this.loops.get(id)?.outputBytes ?? 0));
      this.loops.delete(id);
      this.signals.delete(this.plan.stepsById.get(id)?.signalName ?? '');
    } else {
      this.open.add(id);
    }
    this.steps.set(id, next);
    const { status, output, error } = next;
    this.scopeSteps[id] = { status, output, error: error === null ? null : { ...error } };
  }

  private listOf(stepId: string): StepList {
    return this.failureIds.has(stepId) ? 'on_failure' : 'steps';
  }
}
