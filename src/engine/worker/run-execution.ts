import { Logger } from '@nestjs/common';
import { advance, closeRun } from '../core/advance';
import { applyOutcome, type StepOutcome } from '../core/apply-outcome';
import { cancellation } from '../core/cancel-reason';
import { runEndsReason } from '../core/cancel-unit';
import type { Decision } from '../core/decision';
import type { Issue } from '../core/issue';
import type { JsonValue } from '../core/json';
import { type NestedEnd, nestedOutcome, overdueOutcomes } from '../core/nested-run';
import type { Closing } from '../core/run-records';
import { RunState } from '../core/run-state';
import type { Signal } from '../core/signal';
import type { WorkflowPlan } from '../core/workflow-plan';
import { LeaseLostError } from '../store/checkpoint-writer';
import { type Lease, NO_ITEM } from '../store/checkpoint';
import type { AttemptOfRun } from '../store/family-store';
import type { ClaimedRun, RecordedAttempt } from '../store/run-store';
import { ExecutionReport } from './execution-report';
import type { ExecutionTools } from './execution-tools';
import { familyChange } from './family-change';
import { Inbox } from './inbox';
import { LogBuffer } from './log-buffer';
import { OpenAttempts } from './open-attempts';
import { recordDecision, type UnitStart } from './record-decision';
import { restoreState } from './restore-state';
import { type EndedAttempt, RunningAttempts } from './running-attempts';
import { toOutcome } from './step-outcome';
import { Turn } from './turn';
import { whenReachable } from './when-reachable';

/** A run whose steps all wait for longer than this leaves the worker and is claimed again when it is time. */
const PARK_AFTER_MS = 2_000;

/** What came to a run from outside. */
export interface RunNews {
  /** How many there are in all, at least. */
  readonly count: number;
  readonly signals: readonly Signal[];
  readonly nestedEnds: readonly NestedEnd[];
}

type Message =
  | ({ readonly kind: 'ended' } & EndedAttempt)
  | { readonly kind: 'cancel'; readonly reason: string | null }
  | ({ readonly kind: 'news' } & RunNews)
  /** Look again: something beside the inbox changed. */
  | { readonly kind: 'nudge' };

/**
 * Drives one claimed run in turns. A turn takes what happened, lets the core decide, writes all that changed as one
 * checkpoint, and only when that is on disk starts the steps that it says have started.
 */
export class RunExecution {
  private readonly logger = new Logger('Run');
  private readonly lease: Lease;
  private readonly inbox = new Inbox<Message>();
  private readonly report: ExecutionReport;
  private readonly openAttempts: OpenAttempts;
  private readonly attempts: RunningAttempts;
  private readonly logs = new LogBuffer(() => {
    this.inbox.rouse();
  });
  private seq: number;
  /** null: it is not to be cancelled. The first reason stays. */
  private cancelled: Closing | null = null;
  /** How many news the inbox has been given, and how many the run has taken in. */
  private broughtCount: number;
  private takenCount: number;
  private state: RunState | null = null;
  /** The workflows that steps call, by step. */
  private readonly nested = new Map<string, WorkflowPlan>();
  private handingOver = false;
  /** Fires with a LeaseLostError. */
  private readonly leaseLost = new AbortController();

  constructor(
    private readonly claimed: ClaimedRun,
    private readonly recorded: readonly RecordedAttempt[],
    owner: string,
    private readonly tools: ExecutionTools,
  ) {
    this.lease = { runId: claimed.id, owner, epoch: claimed.epoch };
    this.seq = claimed.seq;
    this.broughtCount = claimed.newsCount;
    this.takenCount = claimed.newsCount;
    this.report = new ExecutionReport(claimed, recorded, tools);
    this.openAttempts = new OpenAttempts(recorded);
    this.attempts = new RunningAttempts(claimed, tools, {
      logged: (line) => {
        this.logs.add(line);
      },
      ended: (end) => {
        this.inbox.put({ kind: 'ended', ...end });
      },
    });
  }

  /** Drives the run until it ends, waits for long, is handed over, or belongs to another worker. Never rejects. */
  async run(): Promise<void> {
    try {
      const { signal } = this.leaseLost;
      await this.drive(await whenReachable(() => this.tools.plans.plan(this.claimed), signal));
    } catch (error) {
      if (error instanceof LeaseLostError) this.logger.debug(error.message);
      else await this.endAfterDefect(error);
    } finally {
      this.attempts.stop('The worker let go of the run');
    }
  }

  /**
   * Cancels the run: its steps are told to stop, then it ends.
   * @param reason null: whoever asked for it gave none
   */
  cancel(reason: string | null): void {
    this.inbox.put({ kind: 'cancel', reason });
  }

  /** How many news have been brought. */
  get newsCount(): number {
    return this.broughtCount;
  }

  /**
   * The attempts of this run whose nested run has not been seen to end. While the plan is still being read, those that
   * were recorded as waiting: an end that comes meanwhile is told of once.
   */
  callingAttempts(): AttemptOfRun[] {
    if (this.state === null) return this.recorded.filter(({ status }) => status === 'waiting');
    return this.state.nestedUnits().map(({ stepId, item = NO_ITEM, attempt }) => ({
      runId: this.lease.runId,
      stepId,
      item,
      attempt,
    }));
  }

  /** Brings all signals that were sent to the run and ends of nested runs, those that it knows as well. */
  bring(news: RunNews): void {
    this.broughtCount = Math.max(this.broughtCount, news.count);
    this.inbox.put({ kind: 'news', ...news });
  }

  /** Starts nothing more; when what runs has ended and is recorded, another worker may go on. */
  handOver(): void {
    this.handingOver = true;
    this.inbox.put({ kind: 'nudge' });
  }

  /** Stops at once and writes nothing more: the run is, or will be, another worker's. */
  loseLease(): void {
    this.leaseLost.abort(new LeaseLostError(this.lease.runId));
    this.inbox.put({ kind: 'nudge' });
  }

  private async drive(plan: WorkflowPlan): Promise<void> {
    await this.loadNested();
    const checkNested = (stepId: string, params: JsonValue): Issue[] =>
      this.nested.get(stepId)?.checkParameters(params, 'inputs') ?? [];
    const state = restoreState(plan, this.claimed, this.recorded, checkNested);
    this.state = state;
    const deadline = this.deadline(plan);
    let turn = this.firstTurn(plan, state);
    for (;;) {
      const starts = this.decide(plan, state, turn, deadline);
      if (turn.isEmpty) this.park(state, turn, deadline);
      if (!turn.isEmpty) {
        await this.write(turn);
        if (turn.leaves) return;
        for (const start of starts) this.attempts.launch(plan, start);
      } else {
        if (this.handingOver && this.attempts.count === 0) return;
        await this.inbox.wait(this.nextLook(state, turn.at.getTime(), deadline), this.now());
      }
      this.leaseLost.signal.throwIfAborted();
      turn = this.takeTurn(plan, state);
    }
  }

  /** Begins with what the last worker left: attempts that were under way are lost. */
  private firstTurn(plan: WorkflowPlan, state: RunState): Turn {
    const { status, startedAt } = this.claimed;
    const turn = new Turn(this.lease.runId, this.tools.clock.now());
    if (status !== 'running') turn.runStarted(startedAt === null);
    for (const unit of state.runningUnits()) this.apply({ ...unit, kind: 'lost' }, plan, state, turn);
    this.takeNestedEnds(this.claimed.nestedEnds, plan, state, turn);
    return turn;
  }

  /** Takes in all that happened since the last turn. */
  private takeTurn(plan: WorkflowPlan, state: RunState): Turn {
    const messages = this.inbox.take();
    const turn = new Turn(this.lease.runId, this.tools.clock.now());
    if (messages.length > 0 || this.logs.flushTime <= turn.at.getTime()) this.logs.takeInto(turn);
    for (const message of messages) {
      if (message.kind === 'cancel') this.cancelled ??= cancellation(message.reason);
      if (message.kind === 'news') {
        this.takenCount = Math.max(this.takenCount, message.count);
        for (const signal of message.signals) state.deliver(signal);
        this.takeNestedEnds(message.nestedEnds, plan, state, turn);
      }
      if (message.kind !== 'ended') continue;
      const { unit, attempt, result, usage } = message;
      this.apply(toOutcome(unit, result, this.logger), plan, state, turn);
      if (usage !== null) turn.unitUsed(unit, attempt, usage);
    }
    return turn;
  }

  /** Takes in ends of nested runs that are still waited for. */
  private takeNestedEnds(ends: readonly NestedEnd[], plan: WorkflowPlan, state: RunState, turn: Turn): void {
    for (const end of ends) {
      const isAwaited = state
        .nestedUnits()
        .some(
          ({ stepId, item, attempt }) =>
            stepId === end.stepId && item === end.item && attempt === end.attempt,
        );
      if (isAwaited) this.apply(nestedOutcome(end), plan, state, turn);
    }
  }

  private apply(outcome: StepOutcome, plan: WorkflowPlan, state: RunState, turn: Turn): void {
    recordDecision(applyOutcome(plan, state, outcome, turn.at.getTime(), Math.random), turn);
  }

  /** Lets the core decide what follows; gives the steps to start once the turn is on disk. */
  private decide(plan: WorkflowPlan, state: RunState, turn: Turn, deadline: number): UnitStart[] {
    const now = turn.at.getTime();
    this.closeIfDue(state, now, deadline);
    for (const overdue of overdueOutcomes(state, now)) this.apply(overdue, plan, state, turn);
    if (this.handingOver) return [];
    const decisions: Decision[] = advance(plan, state, now);
    return decisions.map((decision) => recordDecision(decision, turn)).filter((start) => start !== null);
  }

  private closeIfDue(state: RunState, now: number, deadline: number): void {
    const before = state.closing?.status;
    if (this.cancelled !== null) {
      closeRun(state, this.cancelled);
    } else if (state.failure === null && deadline <= now) {
      closeRun(state, {
        status: 'timed_out',
        error: { code: 'TIMEOUT', message: 'The run did not end within its time limit' },
      });
    }
    const { closing } = state;
    if (closing !== null && closing.status !== before && closing.status !== 'failed') {
      this.attempts.stop(closing.error.message);
    }
  }

  /** Lets go of a run in which nothing happens for a while. */
  private park(state: RunState, turn: Turn, deadline: number): void {
    if (this.attempts.count > 0 || this.handingOver) return;
    const now = turn.at.getTime();
    const next = state.nextWake(now);
    if (next === null && !state.awaitsNews) {
      throw new Error('The run has not ended, and nothing in it can go on');
    }
    const until = Math.min(next ?? Infinity, state.failure === null ? deadline : Infinity);
    if (until - now <= PARK_AFTER_MS) return;
    turn.park(until === Infinity ? null : new Date(until), this.takenCount);
  }

  private async write(turn: Turn): Promise<void> {
    const checkpoint = turn.checkpoint(this.lease, this.seq, familyChange(this.claimed, this.nested, turn));
    await this.tools.writer.write(checkpoint);
    this.seq += checkpoint.events.length;
    this.openAttempts.committed(checkpoint);
    this.report.committed(checkpoint);
  }

  /** Loads the workflows that the run's steps call. */
  private async loadNested(): Promise<void> {
    const { pinnedWorkflows, workflowVersionId } = this.claimed;
    for (const [stepId, versionId] of Object.entries(
      pinnedWorkflows?.[workflowVersionId ?? '']?.nested ?? {},
    )) {
      const subject = { workflowVersionId: versionId, mcpDefinitionId: null, tool: null };
      const { signal } = this.leaseLost;
      this.nested.set(stepId, await whenReachable(() => this.tools.plans.plan(subject), signal));
    }
  }

  private nextLook(state: RunState, now: number, deadline: number): number {
    const isOpen = state.closing === null || state.closing.status === 'failed';
    const mayTimeOut = isOpen && state.failure === null;
    return Math.min(state.nextWake(now) ?? Infinity, mayTimeOut ? deadline : Infinity, this.logs.flushTime);
  }

  private deadline(plan: WorkflowPlan): number {
    const { startedAt } = this.claimed;
    return plan.timeoutMs === null ? Infinity : (startedAt?.getTime() ?? this.now()) + plan.timeoutMs;
  }

  private now(): number {
    return this.tools.clock.now().getTime();
  }

  /** A defect of ours, or data that PostgreSQL refuses, must not leave the run open for ever. */
  private async endAfterDefect(error: unknown): Promise<void> {
    this.logger.error(
      `Run ${this.lease.runId} failed by a defect: ${String(error)}`,
      error instanceof Error ? error.stack : undefined,
    );
    const turn = new Turn(this.lease.runId, this.tools.clock.now());
    const internal = { code: 'INTERNAL', message: 'Internal error: see the log of the worker' };
    this.openAttempts.cancelIn(turn, { code: 'CANCELLED', message: runEndsReason(internal.message) });
    turn.runEnded('failed', { error: internal });
    try {
      await this.write(turn);
    } catch (failure) {
      this.logger.error(`Run ${this.lease.runId} could not be ended: ${String(failure)}`);
    }
  }
}
