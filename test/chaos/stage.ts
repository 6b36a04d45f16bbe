import { join } from 'node:path';

import { Logger } from '@nestjs/common';
import { Pool } from 'pg';

import { generateApiKey } from '../../src/api-keys/api-key-format';
import { EmbeddedPostgres } from '../../src/database/embedded-postgres/embedded-postgres';
import { inspectPostmaster } from '../../src/database/embedded-postgres/postmaster-pid';
import { type DataDir, makeDataDir } from '../support/data-dir';
import { eventually, PATIENCE_MS } from '../support/eventually';
import { isAlive } from '../support/is-alive';
import { RestClient } from '../support/rest-client';
import { type RunningApp, startApp } from '../support/start-app';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';
import { EFFORT } from './effort';

/** The level of warnings in the log: pino's. */
const WARN = 40;

/** A worker process and its way to PostgreSQL. */
export interface StagedWorker {
  readonly app: RunningApp;
  readonly network: TcpProxy;
  /** Something that lasts is being done to it: it is left alone otherwise. */
  isHarmed: boolean;
}

/** A PostgreSQL, an API process and some workers, each of which can be harmed by itself. */
export class Stage {
  private readonly key = generateApiKey();
  private api: RunningApp | null = null;
  private readonly processes = new Set<StagedWorker>();
  private names = 0;
  /** Every process that was ever started. */
  private readonly everyApp: RunningApp[] = [];

  private constructor(
    readonly postgres: EmbeddedPostgres,
    private readonly dataDir: DataDir,
    readonly pool: Pool,
  ) {}

  /** @param prepare the database, which the API process has made its tables in, before any worker starts */
  static async open(prepare: (stage: Stage) => Promise<void>): Promise<Stage> {
    // Of the supervisor of PostgreSQL, which has a lot to say.
    Logger.overrideLogger(false);
    const dataDir = makeDataDir();
    // Processes are killed, not the machine: what was written stays in its memory.
    const postgres = await EmbeddedPostgres.start({ dataDir: dataDir.path, settings: { fsync: 'off' } });
    const pool = new Pool({ connectionString: postgres.connectionUrl, max: 2, application_name: 'chaos' });
    pool.on('error', () => undefined);
    const stage = new Stage(postgres, dataDir, pool);
    await stage.startApi();
    await prepare(stage);
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

  /** How often a process, living or dead, has logged a line that begins so. */
  countLogged(beginning: string): number {
    return this.everyApp.flatMap(({ logs }) => logs).filter(({ msg }) => msg.startsWith(beginning)).length;
  }

  /** What any process, living or dead, has warned of a run. */
  warningsOf(runId: string): string[] {
    return this.everyApp
      .flatMap(({ logs }) => logs)
      .filter(({ level, msg }) => level >= WARN && msg.includes(runId))
      .map(({ msg, stack }) => `${msg} ${typeof stack === 'string' ? stack : ''}`);
  }

  /** Starts what is missing, as a supervisor would; tried again until PostgreSQL answers and everything runs. */
  async mend(): Promise<void> {
    await eventually(() => this.startMissing().then(() => true), MEND_MS, MEND_POLL_MS);
  }

  async addWorker(): Promise<void> {
    const network = await startTcpProxy(this.postgres.connectionUrl);
    try {
      const app = await this.start(network.url, 'worker');
      this.processes.add({ app, network, isHarmed: false });
    } catch (error) {
      network.cut();
      throw error;
    }
  }

  /**
   * Does what `pg_ctl stop -m immediate` does, and waits until it is gone; its supervisor starts it again.
   * @returns the process id that it had
   * @throws Error when it does not run just now
   */
  async stopPostgres(): Promise<number> {
    const pid = await this.postgresPid();
    if (pid === null) throw new Error('PostgreSQL does not run at the moment');
    process.kill(pid, 'SIGQUIT');
    await eventually(() => !isAlive(pid));
    return pid;
  }

  /** Of a server that may be recovering; null while there is none. */
  async postgresPid(): Promise<number | null> {
    const state = await inspectPostmaster(join(this.dataDir.path, 'postgres'));
    return state.kind === 'running' ? state.pid : null;
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
    await this.query('SELECT');
    await this.startApi();
    while (this.processes.size < EFFORT.workers) await this.addWorker();
  }

  private async startApi(): Promise<void> {
    this.api ??= await this.start(this.postgres.connectionUrl, 'api');
  }

  /** Each process has a name of its own, by which PostgreSQL tells who has written what. */
  private async start(databaseUrl: string, role: 'api' | 'worker'): Promise<RunningApp> {
    const url = new URL(databaseUrl);
    url.searchParams.set('application_name', `process-${(this.names += 1)}`);
    const app = await startApp({
      env: {
        DATABASE_URL: url.href,
        ROLE: role,
        EGRESS_ALLOW: 'loopback',
        BOOTSTRAP_API_KEY: this.key,
        LOG_LEVEL: 'debug',
      },
    });
    this.everyApp.push(app);
    return app;
  }
}

/** A machine under load takes its time to start programs: half a minute each where ten others want its two cores. */
const MEND_MS = 4 * PATIENCE_MS;
const MEND_POLL_MS = 250;
