import { Pool } from 'pg';

import { generateApiKey } from '../../src/api-keys/api-key-format';
import { EmbeddedPostgres } from '../../src/database/embedded-postgres/embedded-postgres';
import { type DataDir, makeDataDir } from '../support/data-dir';
import { eventually } from '../support/eventually';
import { RestClient } from '../support/rest-client';
import { type RunningApp, startApp } from '../support/start-app';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

/** A worker process and its way to PostgreSQL. */
export interface StagedWorker {
  readonly app: RunningApp;
  readonly network: TcpProxy;
}

const WORKERS = 3;

/** A PostgreSQL, an API process and some workers, each of which can be harmed by itself. */
export class Stage {
  private readonly key = generateApiKey();
  private api: RunningApp | null = null;
  private readonly processes = new Set<StagedWorker>();

  private constructor(
    readonly postgres: EmbeddedPostgres,
    private readonly dataDir: DataDir,
    readonly pool: Pool,
  ) {}

  static async open(): Promise<Stage> {
    const dataDir = makeDataDir();
    // Processes are killed, not the machine: what was written stays in its memory.
    const postgres = await EmbeddedPostgres.start({ dataDir: dataDir.path, settings: { fsync: 'off' } });
    const pool = new Pool({ connectionString: postgres.connectionUrl, max: 2, application_name: 'chaos' });
    pool.on('error', () => undefined);
    const stage = new Stage(postgres, dataDir, pool);
    await stage.mend();
    return stage;
  }

  /** Under the address that the API process has now. */
  get rest(): RestClient {
    if (this.api === null) throw new Error('There is no API process at the moment');
    return new RestClient(this.api.baseUrl, this.key);
  }

  get workers(): readonly StagedWorker[] {
    return [...this.processes];
  }

  /** Starts what is missing, as a supervisor would; tried again while PostgreSQL is away. */
  async mend(): Promise<void> {
    await eventually(() => this.startMissing().then(() => true), MEND_MS, MEND_POLL_MS);
  }

  async addWorker(): Promise<void> {
    const network = await startTcpProxy(this.postgres.connectionUrl);
    try {
      const app = await startApp({ env: { ...this.environment(network.url), ROLE: 'worker' } });
      this.processes.add({ app, network });
    } catch (error) {
      network.cut();
      throw error;
    }
  }

  async killApi(): Promise<void> {
    const { api } = this;
    this.api = null;
    await api?.kill9();
  }

  async killWorker(worker: StagedWorker): Promise<void> {
    this.processes.delete(worker);
    await worker.app.kill9();
    worker.network.cut();
  }

  /** Asks it to stop, and hands its runs over. */
  async retireWorker(worker: StagedWorker): Promise<void> {
    this.processes.delete(worker);
    await worker.app.stop();
    worker.network.cut();
  }

  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => this.killWorker(worker)));
    await this.killApi();
    await this.pool.end();
    await this.postgres.stop();
    this.dataDir.remove();
  }

  private async startMissing(): Promise<void> {
    this.api ??= await startApp({ env: { ...this.environment(this.postgres.connectionUrl), ROLE: 'api' } });
    while (this.processes.size < WORKERS) await this.addWorker();
  }

  private environment(databaseUrl: string): Record<string, string> {
    return { DATABASE_URL: databaseUrl, EGRESS_ALLOW: 'loopback', BOOTSTRAP_API_KEY: this.key };
  }
}

/** A machine under load takes its time to start a program. */
const MEND_MS = 180_000;
const MEND_POLL_MS = 250;
