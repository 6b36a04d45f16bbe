import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { JsonValue } from '../engine/core/json';
import { NO_ITEM, type RecordedError } from '../engine/store/checkpoint';

/** One attempt of a step, or of an item of a `for_each` step, as the API shows it. */
export interface AttemptRecord {
  readonly stepId: string;
  readonly item: number;
  readonly attempt: number;
  readonly status: string;
  readonly inputs: JsonValue;
  readonly output: JsonValue;
  readonly error: RecordedError | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly usage: UsageRecord | null;
}

/** What an attempt used of a language model, as the engine recorded it. */
export interface UsageRecord {
  readonly provider: string;
  readonly model: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly cost?: { readonly amount: number; readonly currency: string };
}

/** How many items of a step have come to a status. Those that have not begun are not recorded. */
export interface ItemCount {
  readonly stepId: string;
  readonly status: string;
  readonly count: number;
}

const ATTEMPT_COLUMNS = `
  step_id AS "stepId", item, attempt, status, inputs, output, error,
  started_at AS "startedAt", ended_at AS "endedAt", usage`;

/** Each item of a run's steps as its last attempt left it. */
const LAST_OF_ITEMS = `
  SELECT DISTINCT ON (step_id, item) step_id, item, status FROM workflow_steps
  WHERE run_id = $1 AND item > ${NO_ITEM} AND ($2::text IS NULL OR step_id = $2)
  ORDER BY step_id, item, attempt DESC`;

/** Reads the steps of runs, which the engine writes, for the API. */
@Injectable()
export class RunStepRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The attempts of a run's steps (not of their items), oldest first. */
  findAttempts(runId: string): Promise<AttemptRecord[]> {
    return this.dataSource.query(
      `SELECT ${ATTEMPT_COLUMNS} FROM workflow_steps WHERE run_id = $1 AND item = ${NO_ITEM} ORDER BY step_id, attempt`,
      [runId],
    );
  }

  /** @param stepId null for every step of the run */
  countItems(runId: string, stepId: string | null = null): Promise<ItemCount[]> {
    return this.dataSource.query(
      `SELECT step_id AS "stepId", status, count(*)::int AS count FROM (${LAST_OF_ITEMS}) AS last GROUP BY 1, 2`,
      [runId, stepId],
    );
  }

  /** The attempts of a page of a step's items, in item order, oldest first. */
  findItemAttempts(
    runId: string,
    stepId: string,
    status: string | undefined,
    skip: number,
    limit: number,
  ): Promise<AttemptRecord[]> {
    return this.dataSource.query(
      `WITH page AS (
         SELECT item FROM (${LAST_OF_ITEMS}) AS last WHERE $3::text IS NULL OR status = $3
         ORDER BY item LIMIT $4 OFFSET $5
       )
       SELECT ${ATTEMPT_COLUMNS} FROM workflow_steps JOIN page USING (item)
       WHERE run_id = $1 AND step_id = $2 ORDER BY item, attempt`,
      [runId, stepId, status, limit, skip],
    );
  }
}
