import type { Pool } from 'pg';
import { inTransaction, onPg, type SqlExecutor } from '../../database/sql-executor';
import type { RunQueue } from '../queue/run-queue';
import { type Checkpoint } from './checkpoint';
import { type AcceptedRow, CheckpointStatements, REPEATED_SQL, repeatedValues } from './checkpoint-statement';
import { isWorthAnotherTry } from '../../database/connection-failure';
import { FamilyEffects } from './family-effects';
import { familyStore } from './family-store';

/** Two groups on their way at a time: while one is being flushed to disk, the next is sent. More only queue on the WAL. */
const WRITERS = 2;

/** Runs in one statement; past this its latency grows without more throughput. */
const MAX_GROUP = 200;

/** Between tries while PostgreSQL is away. Short: it is how long a run waits on after a restart. */
const RETRY_MS = 250;

/** The write was refused: the run has another owner or epoch, so this worker must let go of it. */
export class LeaseLostError extends Error {
  constructor(runId: string) {
    super(`The lease on run ${runId} is gone`);
    this.name = 'LeaseLostError';
  }
}

/** Told after commits; none of it may throw. */
export interface CommitListener {
  /** These runs have new events. */
  onCommitted(runIds: readonly string[]): void;
  /** A run was let go of and can be claimed at once. */
  onRunsReady(): void;
  /** Other runs were changed. */
  onFamily(effects: FamilyEffects): void;
}

interface Waiting {
  readonly checkpoint: Checkpoint;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits the checkpoints of all runs of this worker in groups: whatever waits goes into one statement, at once
 * when a writer is idle. A lone run pays one commit a checkpoint; many runs share it.
 *
 * While PostgreSQL is away, a group is tried again until it is back. Trying again is safe after a lost answer,
 * too: `baseSeq` tells a group that was already committed from one that was not.
 */
export class CheckpointWriter {
  private waiting: Waiting[] = [];
  private busyWriters = 0;
  private closed = false;
  private readonly statements: CheckpointStatements;

  /**
   * @param pool connections to write on, at least two
   */
  constructor(
    private readonly pool: Pool,
    private readonly queue: RunQueue,
    private readonly listener: CommitListener,
  ) {
    this.statements = new CheckpointStatements(queue.removeGoneSql);
  }

  /**
   * Resolves when the checkpoint is on disk. A run's next checkpoint may be written only after that.
   * @throws LeaseLostError when the worker no longer holds the run; nothing was written
   */
  write(checkpoint: Checkpoint): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ checkpoint, resolve, reject });
      this.startIdleWriter();
    });
  }

  /**
   * Tries nothing again any more: what PostgreSQL does not take now ends as LeaseLostError, and its run will be taken
   * over from its last checkpoint.
   */
  close(): void {
    this.closed = true;
  }

  private startIdleWriter(): void {
    if (this.busyWriters >= WRITERS || this.waiting.length === 0) return;
    this.busyWriters += 1;
    void this.drain().finally(() => {
      this.busyWriters -= 1;
      this.startIdleWriter();
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, MAX_GROUP);
      await this.commitGroup(group);
    }
  }

  private async commitGroup(group: readonly Waiting[]): Promise<void> {
    for (;;) {
      try {
        const accepted = await this.commit(group.map(({ checkpoint }) => checkpoint));
        const written: string[] = [];
        for (const { checkpoint, resolve, reject } of group) {
          const { runId } = checkpoint.lease;
          if (accepted.has(runId)) {
            written.push(runId);
            resolve();
          } else {
            reject(new LeaseLostError(runId));
          }
        }
        this.listener.onCommitted(written);
        if (group.some(({ checkpoint }) => isReadyAtOnce(checkpoint, accepted))) this.listener.onRunsReady();
        return;
      } catch (error) {
        if (!isWorthAnotherTry(error)) {
          await this.commitApart(group, error);
          return;
        }
        if (this.closed) {
          for (const { checkpoint, reject } of group) reject(new LeaseLostError(checkpoint.lease.runId));
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** One run's data that PostgreSQL refuses must not fail the others of its group: each is tried by itself. */
  private async commitApart(group: readonly Waiting[], error: unknown): Promise<void> {
    if (group.length === 1) {
      group[0]?.reject(error);
      return;
    }
    for (const one of group) await this.commitGroup([one]);
  }

  /** Gives the runs whose checkpoint is now recorded, by id. */
  private async commit(group: readonly Checkpoint[]): Promise<Map<string, AcceptedRow>> {
    const parking = group.filter(({ claim }) => claim.kind === 'park');
    const families = group.filter(({ family }) => family !== undefined);
    if (parking.length + families.length === 0) return this.record(group, onPg(this.pool));
    const effects = new FamilyEffects();
    const accepted = await inTransaction(this.pool, async (sql) => {
      if (families.length > 0) await familyStore.lock(sql, families);
      const recorded = await this.record(group, sql);
      await this.enqueueParked(parking, recorded, sql);
      for (const checkpoint of families) {
        if (recorded.has(checkpoint.lease.runId)) await effects.bring(checkpoint, sql, this.queue);
      }
      return recorded;
    });
    if (!effects.areNone) this.listener.onFamily(effects);
    return accepted;
  }

  private async record(group: readonly Checkpoint[], sql: SqlExecutor): Promise<Map<string, AcceptedRow>> {
    const { text, values, name } = this.statements.of(group);
    const rows = await sql.query<AcceptedRow>(text, values, name);
    const accepted = new Map(rows.map((row) => [row.id, row]));
    const refused = group.filter(({ lease }) => !accepted.has(lease.runId));
    if (refused.length === 0) return accepted;
    const repeated = await sql.query<AcceptedRow>(REPEATED_SQL, repeatedValues(refused));
    for (const row of repeated) accepted.set(row.id, row);
    return accepted;
  }

  private async enqueueParked(
    parking: readonly Checkpoint[],
    accepted: ReadonlyMap<string, AcceptedRow>,
    sql: SqlExecutor,
  ): Promise<void> {
    for (const checkpoint of parking) {
      const { lease, claim } = checkpoint;
      if (isReadyAtOnce(checkpoint, accepted)) await this.queue.enqueue([lease.runId], sql);
      else if (accepted.has(lease.runId) && claim.kind === 'park' && claim.until !== null) {
        await this.queue.enqueue([lease.runId], sql, claim.until);
      }
    }
  }
}

/**
 * Whether a run that is let go of to wait must not wait: it was signalled, or shall be cancelled, while the worker still
 * held it, and the worker did not know. Nobody else would wake the run for that.
 */
function isReadyAtOnce({ lease, claim }: Checkpoint, accepted: ReadonlyMap<string, AcceptedRow>): boolean {
  const row = accepted.get(lease.runId);
  if (claim.kind !== 'park' || row === undefined) return false;
  return row.cancelRequested || row.signals > claim.newsSeen;
}
