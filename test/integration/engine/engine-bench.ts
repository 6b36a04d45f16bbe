import { v7 as uuidv7 } from 'uuid';
import { SystemClock } from '../../../src/common/clock';
import { connectionOptions, PostgresConnection } from '../../../src/database/postgres-connection';
import { ListenHub } from '../../../src/database/listen-hub';
import { inTransaction, type SqlExecutor } from '../../../src/database/sql-executor';
import type { JsonObject, JsonValue } from '../../../src/engine/core/json';
import { EngineRuntime } from '../../../src/engine/engine-runtime';
import {
  type ComponentRunner,
  type ComponentStepCall,
  type EndedRun,
  type EndedStep,
  EngineObserver,
  type ModelUsage,
  type StepContext,
} from '../../../src/engine/ports';
import type { NewRun } from '../../../src/engine/store/new-run';
import { Pool } from 'pg';
import { eventually } from '../../support/eventually';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

/** What the components of a test do, by tool name. A call that no test expected fails the step, and so the test. */
export type Tools = Record<
  string,
  (call: ComponentStepCall, context: StepContext) => Promise<JsonValue> | JsonValue
>;

/** A component that does nothing until it is told to stop. */
export function endless(_call: ComponentStepCall, { signal }: StepContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

/** An event of a run as the stream would send it. */
export interface TestEvent {
  readonly seq: number;
  readonly type: string;
  readonly data: JsonObject;
}

/** A workflow, as the runs of it name it. */
export interface SavedWorkflow {
  readonly workflowDefinitionId: string;
  readonly workflowVersionId: string;
  readonly pins: Readonly<Record<string, string>>;
}

/** Keeps what the engine tells its observer. */
class Told extends EngineObserver {
  readonly steps: EndedStep[] = [];
  readonly retries: string[] = [];
  readonly runs: EndedRun[] = [];
  readonly usages: ModelUsage[] = [];

  stepEnded(step: EndedStep): void {
    this.steps.push(step);
  }

  stepRetried(type: string): void {
    this.retries.push(type);
  }

  runEnded(run: EndedRun): void {
    this.runs.push(run);
  }

  modelUsed(usage: ModelUsage): void {
    this.usages.push(usage);
  }
}

/** The engine on a real PostgreSQL, with components that the test scripts. */
export class EngineBench {
  readonly told = new Told();
  readonly pool: Pool;
  private readonly hub: ListenHub;
  private readonly runtimes: EngineRuntime[] = [];
  private readonly componentVersionId = uuidv7();
  private readonly definitionId = uuidv7();

  private constructor(
    readonly database: TestDatabase,
    private readonly tools: Tools,
  ) {
    this.pool = new Pool({ ...connectionOptions(database.url), max: 4 });
    // Tests break connections; a broken idle one is replaced at its next use.
    this.pool.on('error', () => undefined);
    this.hub = new ListenHub(new PostgresConnection(connectionOptions(database.url), this.pool));
  }

  static async create(tools: Tools = {}): Promise<EngineBench> {
    const bench = new EngineBench(await createTestDatabase(), tools);
    await bench.insertComponent();
    return bench;
  }

  /**
   * Starts one more worker.
   * @param url the way on which it reaches the database
   */
  async startWorker(url = this.database.url): Promise<EngineRuntime> {
    const runner: ComponentRunner = {
      run: async (call, context) => {
        const tool = this.tools[call.tool ?? ''];
        if (tool === undefined) throw new Error(`No test expected the tool ${call.tool}`);
        return tool(call, context);
      },
    };
    const runtime = new EngineRuntime(
      new PostgresConnection(connectionOptions(url), this.pool),
      this.hub,
      runner,
      new SystemClock(),
      this.told,
      {
        drivesRuns: true,
        concurrency: 20,
        stopGraceMs: 3_000,
      },
    );
    this.runtimes.push(runtime);
    await runtime.start();
    return runtime;
  }

  /**
   * Saves a workflow of `spec`, whose steps may use `{tool: 'name'}`, and starts a run of it.
   * @param meanwhile done in the transaction that makes the run, before anybody else sees it
   */
  async startRun(
    spec: JsonObject,
    parameters: JsonObject = {},
    meanwhile: (sql: SqlExecutor, runId: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<string> {
    return this.start({ ...(await this.saveWorkflow(spec)), parameters }, meanwhile);
  }

  /** Saves a workflow of `spec`, whose steps may use `{tool: 'name'}`. */
  async saveWorkflow(spec: JsonObject): Promise<SavedWorkflow> {
    const workflowDefinitionId = uuidv7();
    const workflowVersionId = uuidv7();
    const steps = this.useComponents(spec['steps']);
    const onFailure = this.useComponents(spec['on_failure']);
    await this.pool.query(
      `WITH v AS (INSERT INTO workflow_versions (id, workflow_definition_id, version, spec) VALUES ($2, $1, '1.0.0', $3))
       INSERT INTO workflow_definitions (id, name, latest_version_id) VALUES ($1, $1::text, $2)`,
      [workflowDefinitionId, workflowVersionId, JSON.stringify({ ...spec, steps, on_failure: onFailure })],
    );
    const components = [...steps, ...onFailure].filter((step) => 'tool' in (step['uses'] as JsonObject));
    const pins = Object.fromEntries(
      components.map((step) => [step['id'] as string, this.componentVersionId]),
    );
    return { workflowDefinitionId, workflowVersionId, pins };
  }

  /**
   * Starts a run of a workflow that is saved.
   * @param meanwhile done in the transaction that makes the run, before anybody else sees it
   */
  async start(
    run: SavedWorkflow & Partial<NewRun>,
    meanwhile: (sql: SqlExecutor, runId: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<string> {
    const [runtime] = this.runtimes;
    if (runtime === undefined) throw new Error('Start a worker first');
    const id = uuidv7();
    const gaveWay = await inTransaction(this.pool, async (sql) => {
      const reach = await runtime.intake.create(sql, {
        id,
        parameters: {},
        labels: {},
        createdAt: new Date(),
        ...run,
      });
      await meanwhile(sql, id);
      return reach;
    });
    runtime.intake.announce(gaveWay);
    return id;
  }

  /** Waits until the run has ended; gives its row. */
  async ended(runId: string): Promise<{ status: string; result: JsonValue; error: JsonObject | null }> {
    await eventually(async () => (await this.run(runId)).ended_at !== null);
    return this.run(runId);
  }

  async run(runId: string): Promise<RunRow> {
    const { rows } = await this.pool.query<RunRow>('SELECT * FROM workflow_runs WHERE id = $1', [runId]);
    const [row] = rows;
    if (row === undefined) throw new Error(`No run ${runId}`);
    return row;
  }

  async events(runId: string): Promise<TestEvent[]> {
    const { rows } = await this.pool.query<TestEvent>(
      'SELECT seq, type, data FROM run_events WHERE run_id = $1 ORDER BY seq',
      [runId],
    );
    return rows;
  }

  /** All recorded attempts; a `for_each` step's own before those of its items. */
  async attempts(runId: string): Promise<AttemptRow[]> {
    const { rows } = await this.pool.query<AttemptRow>(
      'SELECT step_id, item, attempt, status, error FROM workflow_steps WHERE run_id = $1 ORDER BY step_id, item, attempt',
      [runId],
    );
    return rows;
  }

  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const { rows } = await this.pool.query<Row>(text, values);
    return rows;
  }

  /** How many entries the queue holds, in whatever state. */
  async queued(): Promise<number> {
    const { rows } = await this.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM pgboss.job');
    return rows[0]?.n ?? NaN;
  }

  async close(): Promise<void> {
    for (const runtime of this.runtimes) {
      await runtime.stop();
      await runtime.close();
    }
    await this.hub.onApplicationShutdown();
    await this.pool.end();
    await this.database.drop();
  }

  private useComponents(steps: JsonValue = []): JsonObject[] {
    return (steps as JsonObject[]).map((step) => ({ ...step, uses: this.use(step['uses'] as JsonObject) }));
  }

  private use(uses: JsonObject): JsonObject {
    return 'tool' in uses ? { mcp_definition_id: this.definitionId, tool: uses['tool'] ?? null } : uses;
  }

  private async insertComponent(): Promise<void> {
    await this.pool.query(
      `WITH v AS (INSERT INTO mcp_versions (id, mcp_definition_id, version, config) VALUES ($2, $1, '1.0.0', '{}'))
       INSERT INTO mcp_definitions (id, name, mcp_type, latest_version_id) VALUES ($1, 'scripted', 'mcp_server', $2)`,
      [this.definitionId, this.componentVersionId],
    );
  }
}

/** Numbered without gaps, and ended by the one terminal event. */
export function expectWellFormed(events: readonly TestEvent[]): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
  const terminal = events.filter(({ data }) => data['terminal'] === true);
  expect(terminal).toHaveLength(1);
  expect(events.at(-1)).toBe(terminal[0]);
}

interface AttemptRow {
  readonly step_id: string;
  readonly item: number;
  readonly attempt: number;
  readonly status: string;
  readonly error: JsonObject | null;
}

interface RunRow {
  readonly status: string;
  readonly result: JsonValue;
  readonly error: JsonObject | null;
  readonly owner: string | null;
  readonly wake_at: Date | null;
  readonly epoch: number;
  readonly seq: number;
  readonly ended_at: Date | null;
}
