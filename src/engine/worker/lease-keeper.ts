import { hostname } from 'node:os';
import type { Client, Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { inTransaction, onPg } from '../../database/sql-executor';
import type { RunQueue } from '../queue/run-queue';
import type { RequestedCancel } from '../store/cancel-store';
import { type RegisteredWorker, workerStore } from '../store/worker-store';

/** How often a worker says that it is alive and hears which of its runs to cancel. */
const HEARTBEAT_MS = 1_000;

/** How often it looks for dead ones: what a take-over waits for after a kill -9. */
const REAP_MS = 250;

/**
 * What broke our connection may have broken everybody's, and freed their locks and held their heartbeats up: that long
 * after it, nobody is given up.
 */
const RECONNECT_GRACE_MS = 3_000;

/** Between tries to connect while PostgreSQL is away. */
const RECONNECT_MS = 250;

/** What the keeper tells the worker. */
export interface LeaseEvents {
  /** Somebody asked to cancel these runs of ours. */
  onCancelRequested(requests: readonly RequestedCancel[]): void;
  /** How many signals were sent to runs of ours, new ones or not; by run. */
  onSignals(counts: Readonly<Record<string, number>>): void;
  /** We were given up, and our runs belong to others: every run under way must stop without writing. */
  onLeaseLost(): void;
  /** Runs of a dead worker wait to be claimed. */
  onRunsFreed(runIds: readonly string[]): void;
  /** Something failed that is tried again. */
  onTrouble(error: unknown, doing: string): void;
}

/**
 * Keeps this worker's lease (a row, a heartbeat, a session lock on a connection of its own) and gives up those of
 * workers that died. Loops until `stop`; while PostgreSQL is away it tries to connect again.
 */
export class LeaseKeeper {
  private client: Client | null = null;
  private worker: RegisteredWorker | null = null;
  /** The sessions that may hold its lock: the last that surely did, and those that came to no good end since. */
  private sessions: readonly number[] = [];
  /** From when on others may be given up, epoch milliseconds. */
  private reapsFrom = 0;
  private stopping = false;
  private loop: Promise<void> = Promise.resolve();
  /** null while nobody is being given up. */
  private takeOver: Promise<void> | null = null;
  private wake: () => void = () => undefined;

  /**
   * @param connect opens the connection that holds the lock
   * @param pool for the transactions of a take-over
   */
  constructor(
    private readonly connect: () => Promise<Client>,
    private readonly pool: Pool,
    private readonly queue: RunQueue,
    private readonly events: LeaseEvents,
  ) {}

  /** The id that claims carry. It changes when the worker was given up and had to register again. */
  get workerId(): string | null {
    return this.worker?.id ?? null;
  }

  /** Registers the worker and starts the loop. */
  async start(): Promise<void> {
    await this.ensureLease();
    // Frees what a worker left that nobody saw die, such as the last one before everything was shut down.
    await this.giveUp([]);
    this.loop = this.run();
  }

  /** Ends the loop and takes the worker out: what it still held goes to others at once. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.loop;
    await this.takeOver;
    try {
      if (this.worker !== null) await this.giveUp([this.worker.id]);
    } catch (error) {
      this.events.onTrouble(error, 'take this worker out');
    }
    await this.dropConnection();
  }

  private async run(): Promise<void> {
    let heartbeatDue = 0;
    while (!this.stopping) {
      try {
        await this.ensureLease();
        if (Date.now() >= heartbeatDue) {
          heartbeatDue = Date.now() + HEARTBEAT_MS;
          await this.heartbeat();
        }
        await this.reap();
        await this.pause(REAP_MS);
      } catch (error) {
        this.events.onTrouble(error, 'keep the lease');
        this.reapsFrom = Date.now() + RECONNECT_GRACE_MS;
        await this.dropConnection();
        await this.pause(RECONNECT_MS);
      }
    }
  }

  /** Connected, registered, and holding the lock. */
  private async ensureLease(): Promise<void> {
    if (this.client !== null) return;
    const client = await this.connect();
    // The end of an idle connection is an event. The lock is free now: it is taken again before others look.
    client.on('error', () => undefined);
    client.on('end', () => {
      if (this.client !== client) return;
      this.client = null;
      this.reapsFrom = Date.now() + RECONNECT_GRACE_MS;
      this.wake();
    });
    try {
      const sql = onPg(client);
      const lost = this.sessions;
      const session = await workerStore.session(sql);
      this.sessions = [...lost, session];
      if (this.worker === null) {
        await client.query('BEGIN');
        const worker = await workerStore.register(sql, uuidv7(), hostname(), process.pid);
        await client.query('COMMIT');
        this.worker = worker;
      } else {
        await workerStore.lockAgain(sql, this.worker, lost);
      }
      this.sessions = [session];
      this.client = client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  private async heartbeat(): Promise<void> {
    if (this.client === null || this.worker === null) return;
    const answer = await workerStore.heartbeat(onPg(this.client), this.worker.id);
    if (answer === null) {
      this.worker = null;
      this.events.onLeaseLost();
      await this.dropConnection();
      await this.ensureLease();
      await this.giveUp([]);
      return;
    }
    if (answer.cancel.length > 0) this.events.onCancelRequested(answer.cancel);
    this.events.onSignals(answer.signals);
  }

  private async reap(): Promise<void> {
    if (this.client === null || this.worker === null || Date.now() < this.reapsFrom) return;
    if (this.takeOver !== null) return;
    const dead = await workerStore.findDead(onPg(this.client), this.worker.id);
    if (dead.length === 0) return;
    // Beside the loop: what holds it up, or fails it (it is on other connections), must cost nobody's lease but the dead's.
    this.takeOver = this.giveUp(dead)
      .catch((error: unknown) => {
        this.events.onTrouble(error, 'give up a worker that is gone');
      })
      .finally(() => {
        this.takeOver = null;
      });
  }

  private async giveUp(dead: readonly string[]): Promise<void> {
    const freed = await inTransaction(this.pool, async (sql) => {
      const runs = await workerStore.giveUp(sql, dead);
      await this.queue.release(runs, sql);
      return runs;
    });
    if (freed.length > 0) this.events.onRunsFreed(freed);
  }

  private async dropConnection(): Promise<void> {
    const { client } = this;
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.stopping) {
        resolve();
        return;
      }
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
