import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import { type Program, startProgram, stopProcess } from './program.mts';
import { Rest } from './rest.mts';

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, '..', '..');

/** How often a run is looked at: rarely beside what it takes. */
const LOOK_MS = 50;

interface Embedded {
  readonly connectionUrl: string;
  stop(): Promise<void>;
}

interface EmbeddedClass {
  start(options: { dataDir: string }): Promise<Embedded>;
}

interface Parts {
  readonly dataDir: string;
  readonly postgres: Embedded;
  readonly program: Program;
  readonly rest: Rest;
  readonly key: string;
}

/** The built program with its embedded PostgreSQL in a folder of its own, and a connection to that PostgreSQL. */
export class Stage {
  readonly sql: pg.Client;
  readonly #parts: Parts;

  private constructor(sql: pg.Client, parts: Parts) {
    this.sql = sql;
    this.#parts = parts;
  }

  /** Where the program listens. */
  get baseUrl(): string {
    return this.#parts.program.baseUrl;
  }

  /** A key of every scope. */
  get key(): string {
    return this.#parts.key;
  }

  /** Of the program. */
  get pid(): number {
    return this.#parts.program.process.pid ?? 0;
  }

  get databaseUrl(): string {
    return this.#parts.postgres.connectionUrl;
  }

  static async open(): Promise<Stage> {
    const dataDir = await mkdtemp(join(tmpdir(), 'mcp-backend-bench-'));
    const { EmbeddedPostgres } = require(
      join(root, 'dist/src/database/embedded-postgres/embedded-postgres.js'),
    ) as { EmbeddedPostgres: EmbeddedClass };
    const { generateApiKey } = require(join(root, 'dist/src/api-keys/api-key-format.js')) as {
      generateApiKey: () => string;
    };
    const postgres = await EmbeddedPostgres.start({ dataDir });
    const key = generateApiKey();
    const program = await startProgram({
      DATA_DIR: dataDir,
      DATABASE_URL: postgres.connectionUrl,
      BOOTSTRAP_API_KEY: key,
      WORKER_CONCURRENCY: '100',
      EGRESS_ALLOW: 'loopback',
      STDIO_PATHS_ALLOW: root,
    });
    const sql = new pg.Client({ connectionString: postgres.connectionUrl });
    await sql.connect();
    const rest = new Rest(program.baseUrl, key);
    return new Stage(sql, { dataDir, postgres, program, rest, key });
  }

  /** Makes an empty database on the same PostgreSQL; gives its URL. It goes with the stage. */
  async createDatabase(name: string): Promise<string> {
    await this.sql.query(`CREATE DATABASE ${name}`);
    const url = new URL(this.databaseUrl);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** Calls the REST API; throws for anything but success. */
  call<Body = { id: string }>(method: string, path: string, body?: unknown): Promise<Body> {
    return this.#parts.rest.call<Body>(method, path, body);
  }

  /** Starts a run, waits for its end, and gives how long it was under way, milliseconds. */
  async timedRun(workflowDefinitionId: string): Promise<number> {
    const { id } = await this.call('POST', '/workflow-runs', {
      workflow_definition_id: workflowDefinitionId,
    });
    // Looked at now and then rather than streamed: a subscriber would share the two cores with what is measured.
    let run: { status: string; started_at: string; ended_at: string | null };
    do {
      await sleep(LOOK_MS);
      run = await this.call('GET', `/workflow-runs/${id}`);
    } while (run.ended_at === null);
    if (run.status !== 'succeeded') throw new Error(`The run ended ${run.status}`);
    return Date.parse(run.ended_at) - Date.parse(run.started_at);
  }

  async close(): Promise<void> {
    await this.sql.end();
    await stopProcess(this.#parts.program.process);
    await this.#parts.postgres.stop();
    await rm(this.#parts.dataDir, { recursive: true, force: true });
  }
}
