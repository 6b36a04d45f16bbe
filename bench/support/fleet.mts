import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import { listeningUrl, type Program, startProgram, stopProcess } from './program.mts';
import { Rest } from './rest.mts';
import type { Stage } from './stage.mts';

/** Runs that are started over HTTP at a time. */
const STARTS_IN_FLIGHT = 16;
const LOOK_MS = 20;

/**
 * One API process and any number of worker processes on a database of their own, on the stage's PostgreSQL: the program
 * as several machines run it.
 */
export class Fleet {
  readonly databaseUrl: string;
  readonly api: Program;
  readonly rest: Rest;
  readonly sql: pg.Client;
  readonly #workers = new Set<ChildProcess>();

  private constructor(databaseUrl: string, api: Program, rest: Rest, sql: pg.Client) {
    this.databaseUrl = databaseUrl;
    this.api = api;
    this.rest = rest;
    this.sql = sql;
  }

  /** @param name of the database, which must not exist yet */
  static async open(stage: Stage, name: string): Promise<Fleet> {
    const databaseUrl = await stage.createDatabase(name);
    const api = await startProgram({
      DATABASE_URL: databaseUrl,
      ROLE: 'api',
      BOOTSTRAP_API_KEY: stage.key,
    });
    const sql = new pg.Client({ connectionString: databaseUrl });
    await sql.connect();
    return new Fleet(databaseUrl, api, new Rest(api.baseUrl, stage.key), sql);
  }

  /**
   * Starts a worker of the product.
   * @param env further variables of its environment
   */
  async startWorker(concurrency: number, env: Readonly<Record<string, string>> = {}): Promise<ChildProcess> {
    const { process: worker } = await startProgram({
      DATABASE_URL: this.databaseUrl,
      ROLE: 'worker',
      WORKER_CONCURRENCY: String(concurrency),
      ...env,
    });
    return this.#keep(worker);
  }

  /** Starts a worker whose components sleep: see `engine-worker.mts`. */
  async startEngineWorker(concurrency: number): Promise<ChildProcess> {
    const script = join(import.meta.dirname, 'engine-worker.mts');
    const worker = spawn(process.execPath, [script, this.databaseUrl, String(concurrency)], {
      env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await listeningUrl(worker);
    return this.#keep(worker);
  }

  /** Registers a component that {@link startEngineWorker} runs as a sleep; gives its id. */
  async registerSleep(): Promise<string> {
    const config = { type: 'typescript_script', code: 'export default () => null' };
    const component = { name: 'sleep', mcp_type: config.type, config };
    return (await this.rest.call('POST', '/mcp-definitions', component)).id;
  }

  /** Saves a workflow of steps in a row; gives its id. */
  async registerChain(name: string, uses: object, inputs: readonly object[]): Promise<string> {
    const steps = inputs.map((input, index) => ({
      id: `s${index}`,
      uses,
      inputs: input,
      needs: index === 0 ? [] : [`s${index - 1}`],
    }));
    return (await this.rest.call('POST', '/workflow-definitions', { name, steps })).id;
  }

  /** Starts so many runs. */
  async start(workflowDefinitionId: string, count: number): Promise<void> {
    let left = count;
    const starter = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await this.rest.call('POST', '/workflow-runs', { workflow_definition_id: workflowDefinitionId });
      }
    };
    await Promise.all(Array.from({ length: STARTS_IN_FLIGHT }, starter));
  }

  /** Waits until no run of the workflow is open; throws when one did not succeed. */
  async allEnded(workflowDefinitionId: string): Promise<void> {
    for (;;) {
      const { rows } = await this.sql.query<{ open: boolean }>(
        `SELECT EXISTS (SELECT FROM workflow_runs WHERE workflow_definition_id = $1 AND ended_at IS NULL) AS open`,
        [workflowDefinitionId],
      );
      if (rows[0]?.open === false) break;
      await sleep(LOOK_MS);
    }
    const { rowCount } = await this.sql.query(
      `SELECT FROM workflow_runs WHERE workflow_definition_id = $1 AND status <> 'succeeded'`,
      [workflowDefinitionId],
    );
    if (rowCount !== 0) throw new Error(`${rowCount} runs did not succeed`);
  }

  /** Stops one worker. */
  async stopWorker(worker: ChildProcess): Promise<void> {
    this.#workers.delete(worker);
    await stopProcess(worker);
  }

  async stopWorkers(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => this.stopWorker(worker)));
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.sql.end();
    await stopProcess(this.api.process);
  }

  #keep(worker: ChildProcess): ChildProcess {
    this.#workers.add(worker);
    return worker;
  }
}
