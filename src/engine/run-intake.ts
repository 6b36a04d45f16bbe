import { Together } from '../common/together';
import { currentTraceParent } from '../common/tracing/tracing';
import { isConnectionFailure } from '../database/connection-failure';
import type { SqlExecutor } from '../database/sql-executor';
import { CHANNELS } from './channels';
import { CANCEL_REASONS } from './core/cancel-reason';
import { type ConcurrencyPlace, concurrencyPlace } from './core/concurrency';
import type { Issue } from './core/issue';
import type { JsonObject } from './core/json';
import type { WorkflowPlan } from './core/workflow-plan';
import type { Hint, Hints } from './hints';
import type { EngineObserver, PinnedComponent } from './ports';
import type { RunSubject } from './run-subject';
import type { RunQueue } from './queue/run-queue';
import type { PlanStore } from './store/plan-store';
import { type NewSignal, type SignalOutcome, signalStore } from './store/signal-store';
import { type Rerun, type RerunOutcome, rerunStore } from './store/rerun-store';
import { type Cancellation, cancelHints, cancelStore, type Reach, wakeHint } from './store/cancel-store';
import type { NewRun } from './store/new-run';
import { runStore } from './store/run-store';

/** Starts that share a commit: while one group is being flushed to disk, the next is sent. */
const START_ROUNDS = 2;
const START_GROUP = 100;

/** The API's door to the engine: what may be asked of runs from outside. Also the injection token. */
export class RunIntake {
  private readonly starts: Together<NewRun, undefined>;

  /** @param sql where runs are recorded that need no transaction of their caller's */
  constructor(
    sql: SqlExecutor,
    private readonly queue: RunQueue,
    private readonly plans: PlanStore,
    private readonly hints: Hints,
    private readonly observer: EngineObserver,
  ) {
    const record = async (runs: readonly NewRun[]): Promise<undefined[]> => {
      await runStore.createFree(sql, queue, runs);
      return runs.map(() => undefined);
    };
    this.starts = new Together(record, {
      rounds: START_ROUNDS,
      size: START_GROUP,
      failsAll: isConnectionFailure,
    });
  }

  /** What is wrong with a run's parameters, by the schema of the workflow's version. */
  async checkParameters(subject: RunSubject, parameters: JsonObject): Promise<Issue[]> {
    const plan = await this.plans.plan(subject);
    return plan.checkParameters(parameters);
  }

  /** What a run with these parameters, which have been checked, needs a place under. */
  async concurrencyPlace(subject: RunSubject, parameters: JsonObject): Promise<ConcurrencyPlace | null> {
    const place = concurrencyPlace((await this.plans.plan(subject)).concurrency, parameters);
    return place.ok ? place.value : null;
  }

  /**
   * Records a run and its place in the queue, in the caller's transaction: with its commit the run will end.
   * @returns the runs that give way to it, for {@link announce}
   * @throws AppError CONFLICT where its workflow refuses it for its concurrency key
   */
  create(sql: SqlExecutor, run: NewRun): Promise<Reach> {
    return runStore.create(sql, this.queue, run);
  }

  /**
   * Records a run that needs no place under a key, in one commit with others that are started at this moment: when this
   * resolves, it will end.
   */
  async start(run: NewRun): Promise<void> {
    await this.starts.do({ traceParent: currentTraceParent(), ...run });
  }

  /** Records a run that repeats another, in the caller's transaction, as {@link create} does. */
  rerun(sql: SqlExecutor, rerun: Rerun): Promise<RerunOutcome> {
    return rerunStore.create(sql, this.queue, rerun);
  }

  /**
   * Wakes workers, and tells of the runs that gave way; after the commit of {@link create} or {@link rerun}. Without it
   * workers find the run within a second.
   */
  announce(gaveWay: Reach): void {
    this.hints.send(CHANNELS.runsReady, '');
    this.announceCancel(gaveWay);
  }

  /**
   * Cancels a run and those nested in it because somebody wants it, in the caller's transaction: at once where no worker
   * holds it, else by a request to its worker.
   */
  cancel(sql: SqlExecutor, runId: string, now: Date): Promise<Cancellation> {
    return cancelStore.cancel(sql, this.queue, { runId, reason: CANCEL_REASONS.asked, at: now });
  }

  /** What all runs of a subject do. */
  plan(subject: RunSubject): Promise<WorkflowPlan> {
    return this.plans.plan(subject);
  }

  /** A component's version, as its runs will call it. */
  component(versionId: string): Promise<PinnedComponent> {
    return this.plans.component(versionId);
  }

  /** Records a signal, in the caller's transaction: with its commit the step that holds for it will go on. */
  signal(sql: SqlExecutor, signal: NewSignal): Promise<SignalOutcome> {
    return signalStore.send(sql, this.queue, signal);
  }

  /** Wakes whoever is to take the signal; after the commit of {@link signal}. Without it they find it in a second. */
  announceSignal(runId: string, heldByWorker: boolean): void {
    this.send([wakeHint({ runId, heldByWorker })]);
  }

  /** Counts runs that have ended, and tells their workers and their streams; after the commit of {@link cancel}. */
  announceCancel(reach: Reach): void {
    for (const { ended } of reach.reached) {
      // What a worker holds, the worker ends and tells of.
      if (ended !== null) this.observer.runEnded(ended);
    }
    this.send(cancelHints(reach));
  }

  private send(hints: readonly Hint[]): void {
    for (const { channel, payload } of hints) this.hints.send(channel, payload);
  }
}
