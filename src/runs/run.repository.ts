import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isDeadlock } from '../database/connection-failure';
import { onQueryRunner, type SqlExecutor } from '../database/sql-executor';
import type { JsonObject, JsonValue } from '../engine/core/json';
import type { RunSubject } from '../engine/run-subject';
import type { RecordedError } from '../engine/store/checkpoint';
import { type PageRow, pageStatement, readPageRows } from '../common/pagination/page-statement';
import { SqlFilter } from '../common/pagination/sql-filter';
import type { StreamedEvent, StreamPage } from './run-stream';

/** A run as lists show it: without its documents, so that a list need not read what large ones are kept in. */
export interface RunSummary extends RunSubject {
  readonly id: string;
  readonly workflowDefinitionId: string | null;
  readonly workflowVersion: string | null;
  readonly mcpVersion: string | null;
  readonly status: string;
  readonly labels: Record<string, string>;
  readonly error: RecordedError | null;
  readonly rerunOf: string | null;
  readonly parentRunId: string | null;
  readonly parentStepId: string | null;
  readonly cancelRequestedAt: Date | null;
  readonly wakeAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** A run as the API shows it by itself. */
export interface RunRecord extends RunSummary {
  readonly parameters: JsonObject;
  readonly result: JsonValue;
}

/** Which runs a list shows. */
export interface RunFilter {
  readonly status?: string | undefined;
  readonly workflowDefinitionId?: string | undefined;
  readonly mcpDefinitionId?: string | undefined;
  readonly parentRunId?: string | undefined;
  /** `name=value`, or a label's name alone. */
  readonly label?: string | undefined;
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
}

/** Asks for a run's events after a number. */
export interface PageRequest {
  readonly runId: string;
  readonly after: number;
}

/** The run that an idempotency key has started, with the hash of the request that did. */
export interface IdempotentRun {
  readonly runId: string;
  readonly requestHash: Buffer;
}

/** Events sent to a stream from one read. */
const EVENT_PAGE = 500;

/** Of a transaction that PostgreSQL undoes. */
const MAX_TRIES = 3;

const SUMMARY_COLUMNS = `
  r.id, r.workflow_definition_id AS "workflowDefinitionId", r.workflow_version_id AS "workflowVersionId",
  v.version AS "workflowVersion", r.mcp_definition_id AS "mcpDefinitionId", m.version AS "mcpVersion", r.tool,
  r.status, r.labels, r.error, r.rerun_of AS "rerunOf", r.parent_run_id AS "parentRunId",
  r.parent_step_id AS "parentStepId",
  r.cancel_requested_at AS "cancelRequestedAt", r.wake_at AS "wakeAt", r.created_at AS "createdAt",
  r.updated_at AS "updatedAt", r.started_at AS "startedAt", r.ended_at AS "endedAt"`;

const VERSION_JOINS = `LEFT JOIN workflow_versions v ON v.id = r.workflow_version_id
  LEFT JOIN mcp_versions m ON m.id = r.mcp_version_id`;

/** Reads runs for the API, and gives its transactions to the engine's store, which does all the writing. */
@Injectable()
export class RunRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work` in one transaction; again where PostgreSQL undid it because it and another waited for each other. */
  async transaction<Value>(work: (sql: SqlExecutor) => Promise<Value>): Promise<Value> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.transactionOnce(work);
      } catch (error) {
        if (!isDeadlock(error) || tries === MAX_TRIES) throw error;
      }
    }
  }

  private transactionOnce<Value>(work: (sql: SqlExecutor) => Promise<Value>): Promise<Value> {
    return this.dataSource.transaction((manager) => {
      if (manager.queryRunner === undefined) throw new Error('A transaction has a query runner');
      return work(onQueryRunner(manager.queryRunner));
    });
  }

  async findById(id: string): Promise<RunRecord | null> {
    const rows: RunRecord[] = await this.dataSource.query(
      `SELECT ${SUMMARY_COLUMNS}, r.parameters, r.result FROM workflow_runs r ${VERSION_JOINS} WHERE r.id = $1`,
      [id],
    );
    return rows[0] ?? null;
  }

  /** A page of runs, newest first, and how many there are in all. */
  async findPage(
    filter: RunFilter,
    skip: number,
    limit: number,
  ): Promise<{ rows: RunSummary[]; total: number }> {
    const { conditions, values } = new SqlFilter()
      .add(filter.status, (place) => `r.status = ${place}`)
      .add(filter.workflowDefinitionId, (place) => `r.workflow_definition_id = ${place}`)
      .add(filter.mcpDefinitionId, (place) => `r.mcp_definition_id = ${place}`)
      .add(filter.parentRunId, (place) => `r.parent_run_id = ${place}`)
      .addLabel(filter.label, 'r.labels')
      .add(filter.createdAfter, (place) => `r.created_at > ${place}`)
      .add(filter.createdBefore, (place) => `r.created_at < ${place}`);
    const statement = pageStatement(
      {
        columns: `${SUMMARY_COLUMNS}, r.created_at`,
        from: 'workflow_runs r',
        joins: VERSION_JOINS,
        where: conditions,
        alias: 'r',
      },
      values.length,
    );
    const rows: PageRow<RunSummary>[] = await this.dataSource.query(statement, [...values, limit, skip]);
    return readPageRows(rows);
  }

  /** How far a run's events go, and whether they are complete; null when there is no such run. */
  async findStreamHead(id: string): Promise<{ seq: number; ended: boolean } | null> {
    const rows: { seq: number; ended: boolean }[] = await this.dataSource.query(
      'SELECT seq, ended_at IS NOT NULL AS ended FROM workflow_runs WHERE id = $1',
      [id],
    );
    return rows[0] ?? null;
  }

  /** A page of the events after the cursor of each request, in their order. */
  async findEventPages(requests: readonly PageRequest[]): Promise<StreamPage[]> {
    const rows: { place: number; seq: number; type: string; data: string }[] = await this.dataSource.query(
      `SELECT place::int, e.seq, e.type, e.data
       FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS wanted (run_id, after, place)
       CROSS JOIN LATERAL (
         SELECT seq, type, data::text AS data FROM run_events
         WHERE run_id = wanted.run_id AND seq > wanted.after ORDER BY seq LIMIT ${EVENT_PAGE}) AS e
       ORDER BY place, e.seq`,
      [requests.map(({ runId }) => runId), requests.map(({ after }) => after)],
    );
    const pages = requests.map((): StreamedEvent[] => []);
    for (const { place, seq, type, data } of rows) {
      pages[place - 1]?.push({ seq, type, data, terminal: isTerminal({ type, data }) });
    }
    return pages.map((events) => ({ events, isComplete: events.length < EVENT_PAGE }));
  }

  /** What an idempotency key has started already. @param sql the caller's transaction, if it has one */
  async findIdempotent(apiKeyId: string, key: string, sql?: SqlExecutor): Promise<IdempotentRun | null> {
    const statement = `SELECT run_id AS "runId", request_hash AS "requestHash" FROM idempotency_keys
       WHERE api_key_id = $1 AND key = $2 AND created_at > now() - interval '24 hours'`;
    const [row] =
      sql === undefined
        ? await this.dataSource.query<IdempotentRun[]>(statement, [apiKeyId, key])
        : await sql.query<IdempotentRun>(statement, [apiKeyId, key]);
    return row ?? null;
  }

  /**
   * Reserves an idempotency key for a run; one that is older than its 24 h is taken over.
   * Waits for a transaction that is reserving the same key.
   * @returns whether it was free
   */
  async reserveIdempotencyKey(
    sql: SqlExecutor,
    entry: { apiKeyId: string; key: string; requestHash: Buffer; runId: string },
  ): Promise<boolean> {
    const rows = await sql.query(
      `INSERT INTO idempotency_keys AS i (api_key_id, key, request_hash, run_id) VALUES ($1, $2, $3, $4)
       ON CONFLICT (api_key_id, key) DO UPDATE
         SET request_hash = excluded.request_hash, run_id = excluded.run_id, created_at = now()
         WHERE i.created_at <= now() - interval '24 hours'
       RETURNING run_id`,
      [entry.apiKeyId, entry.key, entry.requestHash, entry.runId],
    );
    return rows.length > 0;
  }
}

/** Whether an event is a run's last. Read here: PostgreSQL cannot look into JSON that holds `\u0000` anywhere. */
function isTerminal(event: { type: string; data: string }): boolean {
  return (
    event.type === 'status_change' && (JSON.parse(event.data) as { terminal?: boolean }).terminal === true
  );
}
