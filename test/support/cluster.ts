import { Pool } from 'pg';

import { eventually } from './eventually';
import { RunClient } from './run-client';
import { type RunningApp, startApp } from './start-app';
import { type RunningRest, startRest } from './start-rest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy';
import { createDatabase, dropDatabase } from './test-database';

/**
 * One API process and some worker processes on one database: the program as it is run on several machines. Each worker
 * has a network to PostgreSQL of its own.
 */
export class Cluster {
  private readonly pool: Pool;
  private workers: RunningApp[] = [];
  private readonly networks = new Map<RunningApp, TcpProxy>();

  private constructor(
    private readonly databaseUrl: string,
    private readonly rest: RunningRest,
    readonly client: RunClient,
  ) {
    this.pool = new Pool({ connectionString: databaseUrl, max: 2 });
    this.pool.on('error', () => undefined);
  }

  static async start(workers: number): Promise<Cluster> {
    const databaseUrl = await createDatabase();
    const rest = await startRest({ env: { ...environmentOf(databaseUrl), ROLE: 'api' } });
    const cluster = new Cluster(databaseUrl, rest, new RunClient(rest.rest));
    await cluster.ensureWorkers(workers);
    return cluster;
  }

  get baseUrl(): string {
    return this.rest.app.baseUrl;
  }

  get apiKey(): string {
    return this.rest.key;
  }

  /** Replaces workers that are gone, and waits until so many are registered. */
  async ensureWorkers(count: number): Promise<void> {
    const missing = Array.from({ length: count - this.workers.length }, () => this.startWorker());
    this.workers.push(...(await Promise.all(missing)));
    await eventually(async () => (await this.registeredPids()).length === count);
  }

  /** The worker process that holds the run. */
  async ownerOf(runId: string): Promise<RunningApp> {
    return eventually(async () => {
      const [row] = await this.query<{ pid: number }>(
        'SELECT w.pid FROM workers w JOIN workflow_runs r ON r.owner = w.id WHERE r.id = $1',
        [runId],
      );
      return this.workers.find(({ pid }) => pid === row?.pid);
    });
  }

  /** The other of two workers. */
  otherThan(worker: RunningApp): RunningApp {
    const other = this.workers.find((candidate) => candidate !== worker);
    if (other === undefined) throw new Error('There is no other worker');
    return other;
  }

  /** The process ids of the workers that count as alive. */
  async registeredPids(): Promise<number[]> {
    return (await this.query<{ pid: number }>('SELECT pid FROM workers ORDER BY started_at')).map(
      ({ pid }) => pid,
    );
  }

  /**
   * Does `harm` to the worker that holds the run, and waits until another has recorded something new. How long that takes
   * is measured by `npm run bench take-over`.
   */
  async takeOver(runId: string, harm: () => Promise<void> | void): Promise<void> {
    const before = await this.look(runId);
    await harm();
    const taken = await eventually(async () => {
      const now = await this.look(runId);
      return now.owner !== null && now.owner !== before.owner ? now : null;
    });
    await eventually(async () => (await this.look(runId)).seq > taken.seq);
  }

  /** Kills every worker as a power failure would: what runs stands still until {@link ensureWorkers}. */
  async killWorkers(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill9()));
    this.workers = [];
  }

  /** Breaks the worker's connections to PostgreSQL, for good. */
  cutNetwork(worker: RunningApp): void {
    this.networks.get(worker)?.cut();
  }

  /** A worker that is gone: its place is free. */
  forget(worker: RunningApp): void {
    this.workers = this.workers.filter((candidate) => candidate !== worker);
  }

  async close(): Promise<void> {
    for (const worker of this.workers) worker.signal('SIGCONT');
    await Promise.all([...this.workers, this.rest.app].map((app) => app.stop()));
    for (const network of this.networks.values()) network.cut();
    await this.pool.end();
    await dropDatabase(this.databaseUrl);
  }

  private async startWorker(): Promise<RunningApp> {
    const network = await startTcpProxy(this.databaseUrl);
    const worker = await startApp({ env: { ...environmentOf(network.url), ROLE: 'worker' } });
    this.networks.set(worker, network);
    return worker;
  }

  private async look(runId: string): Promise<{ owner: string | null; seq: number }> {
    const [row] = await this.query<{ owner: string | null; seq: number }>(
      'SELECT owner, seq FROM workflow_runs WHERE id = $1',
      [runId],
    );
    if (row === undefined) throw new Error(`No run ${runId}`);
    return row;
  }

  private async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }
}

/** The far side of the tests' steps is on this machine. */
function environmentOf(databaseUrl: string): Record<string, string> {
  return { DATABASE_URL: databaseUrl, EGRESS_ALLOW: 'loopback' };
}
