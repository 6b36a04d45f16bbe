import { Logger } from '@nestjs/common';
import { Client, type ClientConfig, type Pool } from 'pg';
import type { Clock } from '../common/clock';
import { sharing } from '../database/shared-transaction';
import { onPg } from '../database/sql-executor';
import type { ListenHub } from '../database/listen-hub';
import type { PostgresConnection } from '../database/postgres-connection';
import { CHANNELS } from './channels';
import type { EngineOptions } from './engine-options';
import { EngineStatus } from './engine-status';
import { Hints } from './hints';
import type { ComponentRunner, EngineObserver } from './ports';
import { PgBossRunQueue } from './queue/pg-boss-run-queue';
import { RunIntake } from './run-intake';
import { CheckpointWriter } from './store/checkpoint-writer';
import { PlanStore } from './store/plan-store';
import { LeaseKeeper } from './worker/lease-keeper';
import { RunExecution } from './worker/run-execution';
import { Worker } from './worker/worker';

/** Two writers of checkpoints, one claim, one for hints and the queue's upkeep. */
const POOL_SIZE = 4;

/**
 * Settings of the connections. The engine's statements find rows by key, or in the order of an index; but many are planned
 * once a connection, perhaps while the tables are still nearly empty, and of a queue that was empty a moment ago there are
 * no statistics. A plan that reads a whole table, or sorts the whole queue for fifty entries of it, costs what they have
 * grown to. It is sent with the connection's start: the pool's `onConnect` waits for ever when PostgreSQL dies during its
 * statement.
 */
const FIND_BY_KEY = '-c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off';

/** A worker that freezes inside a transaction keeps rows locked that its successor needs: PostgreSQL ends it. */
const IDLE_TRANSACTION_MS = 3_000;

/**
 * A statement that takes longer than this gets no answer any more: its server has gone without a word (a failover, a
 * firewall that forgot the connection), which TCP finds out after a quarter of an hour, or never. Far above what any of the
 * engine's takes; trying one again that only was slow does no harm.
 */
const STATEMENT_MS = 20_000;

/** How many of the runs that a worker left the log names: one that is there again and again may be what ends workers. */
const FREED_NAMED = 20;

/** A statement of the lease that takes longer than this has lost its meaning: the connection is made anew. */
const LEASE_STATEMENT_MS = 4_000;

/** The engine of this process, put together: its connections, its queue, and, where it drives runs, its worker. */
export class EngineRuntime {
  private readonly logger = new Logger('Engine');
  private readonly pool: Pool;
  private readonly queue: PgBossRunQueue;
  private readonly hints: Hints;
  private readonly plans: PlanStore;
  private readonly writer: CheckpointWriter;
  private readonly lease: LeaseKeeper;
  private readonly worker: Worker;
  private subscriptions: (() => void)[] = [];
  readonly intake: RunIntake;
  readonly status: EngineStatus;

  constructor(
    connection: PostgresConnection,
    private readonly hub: ListenHub,
    components: ComponentRunner,
    clock: Clock,
    observer: EngineObserver,
    private readonly options: EngineOptions,
  ) {
    const trouble = (error: unknown, doing: string): void => {
      this.logger.warn(`Could not ${doing}, trying again: ${String(error)}`);
    };
    this.pool = connection.openPool('engine', {
      max: POOL_SIZE,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
      query_timeout: STATEMENT_MS,
      options: FIND_BY_KEY,
    });
    this.queue = new PgBossRunQueue(this.pool, options.drivesRuns, (error) => {
      trouble(error, "do the queue's upkeep");
    });
    this.hints = new Hints(this.pool);
    // Also those of workflows that an open transaction has just written: schedules are checked by them.
    this.plans = new PlanStore(sharing(onPg(this.pool)));
    this.intake = new RunIntake(onPg(connection.pool), this.queue, this.plans, this.hints, observer);
    this.writer = new CheckpointWriter(this.pool, this.queue, {
      onCommitted: (runIds) => {
        for (const id of runIds) this.hints.send(CHANNELS.runEvents, id);
      },
      onRunsReady: () => {
        this.hints.send(CHANNELS.runsReady, '');
      },
      onFamily: (effects) => {
        if (effects.startsRuns) this.hints.send(CHANNELS.runsReady, '');
        this.intake.announceCancel(effects);
      },
    });
    this.lease = new LeaseKeeper(() => connectLease(connection.clientConfig), this.pool, this.queue, {
      onCancelRequested: (requests) => {
        this.worker.cancel(requests);
      },
      onSignals: (counts) => {
        void this.worker.bringNews(counts);
      },
      onLeaseLost: () => {
        this.logger.warn('This worker was given up by others: its runs go on elsewhere');
        this.worker.abandonAll();
      },
      onRunsFreed: (runIds) => {
        const some = runIds.slice(0, FREED_NAMED).join(', ');
        this.logger.log(`Took ${runIds.length} runs from a worker that is gone: ${some}`);
        this.hints.send(CHANNELS.runsReady, '');
      },
      onTrouble: trouble,
    });
    this.status = new EngineStatus(onPg(connection.pool), this.queue, options.drivesRuns ? this.lease : null);
    const { writer, plans } = this;
    const showPreview = (payload: string): void => {
      this.hints.send(CHANNELS.runPreviews, payload);
    };
    this.worker = new Worker(
      this.pool,
      this.queue,
      this.lease,
      options.concurrency,
      (run, attempts, owner) =>
        new RunExecution(run, attempts, owner, { writer, plans, components, clock, observer, showPreview }),
      {
        onCancelled: (cancellation) => {
          this.intake.announceCancel(cancellation);
        },
        onTrouble: trouble,
      },
    );
  }

  /** Starts the queue, and the worker where there is one. */
  async start(): Promise<void> {
    await this.queue.start();
    if (!this.options.drivesRuns) return;
    await this.lease.start();
    this.worker.start();
    const poke = (): void => {
      this.worker.poke();
    };
    this.subscriptions = [
      this.hub.subscribe(CHANNELS.runsReady, { onNotify: poke, onReconnect: poke }),
      this.hub.subscribe(CHANNELS.runCancel, {
        onNotify: (runId) => {
          void this.worker.cancelTold(runId);
        },
        // The next heartbeat tells what was missed.
        onReconnect: () => undefined,
      }),
      this.hub.subscribe(CHANNELS.runSignal, {
        onNotify: (runId) => {
          void this.worker.bringNews({ [runId]: Infinity });
        },
        onReconnect: () => undefined,
      }),
    ];
  }

  /** Drives no more runs: lets running steps end for a moment, and hands all runs over. Runs can still be started. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    const { drivesRuns, stopGraceMs } = this.options;
    if (!drivesRuns) return;
    // Past the grace, nothing waits for a PostgreSQL that is away either.
    const graceOver = setTimeout(() => {
      this.writer.close();
    }, stopGraceMs);
    await this.worker.stop(stopGraceMs);
    clearTimeout(graceOver);
    await this.lease.stop();
  }

  /** Ends the connections, after {@link stop}. */
  async close(): Promise<void> {
    await this.queue.stop();
    this.hints.close();
    await this.pool.end();
  }
}

async function connectLease(connection: ClientConfig): Promise<Client> {
  const client = new Client({ ...connection, query_timeout: LEASE_STATEMENT_MS });
  await client.connect();
  return client;
}
