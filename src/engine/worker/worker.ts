import type { Pool } from 'pg';
import { inTransaction, onPg, type SqlExecutor } from '../../database/sql-executor';
import { CANCEL_REASONS } from '../core/cancel-reason';
import type { RunQueue } from '../queue/run-queue';
import { type Cancellation, cancelStore, type RequestedCancel } from '../store/cancel-store';
import type { RecordedAttempt, ClaimedRun } from '../store/run-store';
import { concurrencyStore } from '../store/concurrency-store';
import { familyStore } from '../store/family-store';
import { runStore } from '../store/run-store';
import { signalStore } from '../store/signal-store';
import type { LeaseKeeper } from './lease-keeper';
import type { RunExecution } from './run-execution';
import { tracedRun } from './trace-work';

/** How often the worker looks for runs that no notification told of (those whose time has come, above all). */
const POLL_MS = 1_000;

/** How often the worker looks for runs that it holds by name only; what such a run waits at most. */
const STRAYS_MS = 2_000;

/** How often it looks for held runs whose place is free after all: what nobody foresaw, such as rows changed by hand. */
const HELD_MS = 10_000;

/** Runs claimed in one transaction: many enough to drain a full queue, few enough to leave some to others. */
const CLAIM_BATCH = 50;

/** Makes the execution of a claimed run; resolved when there is one to drive. */
export type ExecutionFactory = (
  run: ClaimedRun,
  attempts: readonly RecordedAttempt[],
  owner: string,
) => RunExecution;

/** Whom the worker tells; none of it may throw. */
export interface WorkerListener {
  /** Runs were ended that nobody held. */
  onCancelled(cancellation: Cancellation): void;
  /** Something failed that is tried again. */
  onTrouble(error: unknown, doing: string): void;
}

/**
 * Claims runs and drives them, `concurrency` at a time. Woken by a notification, by a free slot, or by the clock.
 */
export class Worker {
  private readonly executions = new Map<string, RunExecution>();
  private readonly underWay = new Set<Promise<void>>();
  private stopping = false;
  /** The last claim filled every free slot: there may be more to claim the moment one is free again. */
  private mayBeMore = false;
  private woken = false;
  private straysDue = 0;
  private heldDue = 0;
  private wake: () => void = () => undefined;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly queue: RunQueue,
    private readonly lease: LeaseKeeper,
    private readonly concurrency: number,
    private readonly makeExecution: ExecutionFactory,
    private readonly listener: WorkerListener,
  ) {}

  /** Starts claiming. The lease must have been started. */
  start(): void {
    this.loop = this.run();
  }

  /** Tells that there may be something to claim. */
  poke(): void {
    this.woken = true;
    this.wake();
  }

  /** Cancels those of these runs that this worker holds. */
  cancel(requests: readonly RequestedCancel[]): void {
    for (const { runId, reason } of requests) this.executions.get(runId)?.cancel(reason);
  }

  /**
   * Cancels a run that a hint has told of, if this worker holds it: whether and why it shall be, its row says. Never
   * rejects: what fails now, the next heartbeat tells again.
   */
  async cancelTold(runId: string): Promise<void> {
    if (!this.executions.has(runId)) return;
    try {
      this.cancel(await cancelStore.findRequested(onPg(this.pool), [runId]));
    } catch (error) {
      this.listener.onTrouble(error, 'read why a run is cancelled');
    }
  }

  /**
   * Brings what came to runs that this worker holds to them: signals, ends of nested runs. Never rejects: what fails
   * now, the next heartbeat tells again.
   *
   * @param counts how many there are in all, by run; Infinity for "look"
   */
  async bringNews(counts: Readonly<Record<string, number>>): Promise<void> {
    const behind = Object.keys(counts).filter((id) => {
      const known = this.executions.get(id)?.newsCount;
      return known !== undefined && known < (counts[id] ?? 0);
    });
    if (behind.length === 0) return;
    try {
      const sql = onPg(this.pool);
      // First how many: what comes while the rest is read is read again, not missed.
      const known = await signalStore.count(sql, behind);
      const signals = await signalStore.find(sql, behind);
      const calling = behind.flatMap((id) => this.executions.get(id)?.callingAttempts() ?? []);
      const ends = await familyStore.findEnded(sql, calling);
      for (const [id, count] of known) {
        this.executions
          .get(id)
          ?.bring({ count, signals: signals.get(id) ?? [], nestedEnds: ends.get(id) ?? [] });
      }
    } catch (error) {
      this.listener.onTrouble(error, 'read what came to runs');
    }
  }

  /** Stops every run without another write: they belong to other workers now. */
  abandonAll(): void {
    for (const execution of this.executions.values()) execution.loseLease();
  }

  /**
   * Claims no more, lets the steps that run end within `graceMs`, and hands the runs over where they then stand.
   * What is cut short counts as a lost attempt of its step.
   */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.loop;
    for (const execution of this.executions.values()) execution.handOver();
    const timer = setTimeout(() => {
      this.abandonAll();
    }, graceMs);
    await Promise.all(this.underWay);
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      let claimed = 0;
      try {
        if (Date.now() >= this.straysDue) await this.releaseStrays();
        if (Date.now() >= this.heldDue) await this.admitHeld();
        claimed = await this.claim();
      } catch (error) {
        this.listener.onTrouble(error, 'claim runs');
      }
      if (claimed === 0 || this.executions.size >= this.concurrency) await this.pause();
    }
  }

  /** Part of the one loop that also claims: no claim is under way whose runs it could take for strays. */
  private async releaseStrays(): Promise<void> {
    const owner = this.lease.workerId;
    if (owner === null) return;
    const driven = [...this.executions.keys()];
    await inTransaction(this.pool, (sql) => runStore.releaseStrays(sql, this.queue, owner, driven));
    this.straysDue = Date.now() + STRAYS_MS;
  }

  private async admitHeld(): Promise<void> {
    this.heldDue = Date.now() + HELD_MS;
    for (const key of await concurrencyStore.findHolding(onPg(this.pool))) {
      await inTransaction(this.pool, (sql) => concurrencyStore.release(sql, this.queue, key));
    }
    await concurrencyStore.forgetUnused(onPg(this.pool));
  }

  private async claim(): Promise<number> {
    const owner = this.lease.workerId;
    const limit = Math.min(this.concurrency - this.executions.size, CLAIM_BATCH);
    if (owner === null || limit <= 0) return 0;
    const { runs, attempts, unwanted } = await inTransaction(this.pool, (sql) =>
      runStore.claim(sql, this.queue, owner, limit),
    );
    this.mayBeMore = runs.length === limit;
    for (const run of runs) this.drive(run, attempts.get(run.id) ?? [], owner);
    for (const id of unwanted) await this.endUnwanted(id);
    return runs.length + unwanted.length;
  }

  /**
   * Ends a run whose last worker left it with a wish to cancel it unheard. In a transaction of its own, which locks what
   * belongs to the run in the order that everybody has; until it is committed, the run's entry in the queue stays.
   */
  private async endUnwanted(id: string): Promise<void> {
    // The first wish stays, with its reason.
    const wish = { runId: id, reason: CANCEL_REASONS.asked, at: new Date() };
    const cancel = (sql: SqlExecutor) => cancelStore.cancel(sql, this.queue, wish);
    this.listener.onCancelled(await inTransaction(this.pool, cancel));
  }

  private drive(run: ClaimedRun, attempts: readonly RecordedAttempt[], owner: string): void {
    const execution = this.makeExecution(run, attempts, owner);
    this.executions.set(run.id, execution);
    const done = tracedRun(run, () => execution.run())
      .catch((error: unknown) => {
        this.listener.onTrouble(error, `drive run ${run.id}`);
      })
      .finally(() => {
        // A run that came back to this worker meanwhile has another execution under its id.
        if (this.executions.get(run.id) === execution) this.executions.delete(run.id);
        this.underWay.delete(done);
        if (this.mayBeMore) this.poke();
      });
    this.underWay.add(done);
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      if (this.woken || this.stopping) {
        this.woken = false;
        resolve();
        return;
      }
      const timer = setTimeout(resolve, POLL_MS);
      this.wake = () => {
        this.woken = false;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
