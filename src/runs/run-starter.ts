import { createHash } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';

import { Clock } from '../common/clock';
import { invalidRequest } from '../common/errors/invalid-request';
import { keyReused } from '../common/idempotency/key-reused';
import type { SqlExecutor } from '../database/sql-executor';
import type { JsonObject, JsonValue } from '../engine/core/json';
import { RunIntake } from '../engine/run-intake';
import { type Reach, REACHED_NOBODY } from '../engine/store/cancel-store';
import type { NewRun } from '../engine/store/new-run';
import { WorkflowCatalog } from '../workflows/workflow-catalog';
import { type IdempotentRun, RunRepository } from './run.repository';

/** A wish to start a run. */
export interface StartRun {
  readonly workflowDefinitionId: string;
  /** `MAJOR.MINOR.PATCH`; the latest when left out. */
  readonly version?: string;
  readonly parameters: JsonObject;
  readonly labels: Record<string, string>;
  readonly idempotency: RunIdempotency | null;
}

/** Under the same key of the same caller, the same request starts nothing again for 24 h. */
export interface RunIdempotency {
  /** The id of the API key or the webhook that sent it. */
  readonly callerId: string;
  readonly key: string;
}

/** What makes two requests for a run of a workflow the same: what the caller sent. */
export function requestOf({
  workflowDefinitionId,
  parameters,
  labels,
}: Pick<StartRun, 'workflowDefinitionId' | 'parameters' | 'labels'>): JsonValue {
  return [workflowDefinitionId, parameters, labels];
}

/** A run that may be recorded: checked, and pinned to versions. */
export interface PreparedRun {
  readonly run: NewRun;
  /** Of the workflow; null for a run that follows none. */
  readonly workflowVersion: string | null;
  readonly idempotency: RunIdempotency | null;
  /** What makes two requests under one idempotency key the same: what the caller sent. */
  readonly request: JsonValue;
}

/** What became of a prepared run. */
export interface BegunRun {
  /** That of an earlier run where the idempotency key was used for the same request. */
  readonly id: string;
  readonly isNew: boolean;
  /** The runs that gave way to a new one. */
  readonly gaveWay: Reach;
}

/** The one way by which runs come to be, whoever asks for them: callers, schedules, webhooks. */
@Injectable()
export class RunStarter {
  constructor(
    private readonly runs: RunRepository,
    private readonly intake: RunIntake,
    private readonly catalog: WorkflowCatalog,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts a run of the workflow's latest version, once it is on disk.
   * @returns its id; that of an earlier run where the idempotency key was used for the same request
   * @throws AppError as {@link prepare} and {@link record} do
   */
  async start(wish: StartRun): Promise<string> {
    return (await this.begin(await this.prepare(wish))).id;
  }

  /**
   * Records a prepared run by itself, and wakes workers.
   * @throws AppError as {@link record} does
   */
  async begin(prepared: PreparedRun): Promise<BegunRun> {
    const { run, idempotency } = prepared;
    if (idempotency === null && (run.concurrency ?? null) === null) {
      // Nothing to decide about it: it may share its commit with others.
      await this.intake.start(run);
      const begun = { id: run.id, isNew: true, gaveWay: REACHED_NOBODY };
      this.announce(begun);
      return begun;
    }
    const recorded = await this.runs.transaction((sql) => this.record(sql, prepared));
    this.announce(recorded);
    return recorded;
  }

  /**
   * The run that the same request has started already under its idempotency key. To be asked for before {@link prepare}:
   * what has been started stays so, though the workflow may have come to refuse the request, or may be gone.
   *
   * @returns its id; null where the key, or none, was not used yet
   * @throws AppError UNPROCESSABLE when it was used for another request
   */
  async findEarlier(idempotency: RunIdempotency | null, request: JsonValue): Promise<string | null> {
    if (idempotency === null) return null;
    const { callerId, key } = idempotency;
    const earlier = await this.runs.findIdempotent(callerId, key);
    return earlier === null ? null : sameRequest(earlier, hashOf(request));
  }

  /**
   * Pins a wish to versions and checks it; writes nothing.
   * @throws AppError NOT_FOUND without such a workflow; INVALID_REQUEST when the parameters break its schema
   */
  async prepare({ idempotency, version, ...wish }: StartRun): Promise<PreparedRun> {
    const { workflowDefinitionId, parameters } = wish;
    const {
      workflowVersionId,
      version: workflowVersion,
      pins,
      pinnedWorkflows,
    } = await this.catalog.resolveForRun(workflowDefinitionId, version ?? null);
    const subject = { workflowVersionId, mcpDefinitionId: null, tool: null };
    const issues = await this.intake.checkParameters(subject, parameters);
    if (issues.length > 0) {
      // Expressions call them params; the request calls them parameters.
      throw invalidRequest(
        issues.map((issue) => ({ ...issue, path: issue.path.replace(/^params/, 'parameters') })),
      );
    }
    const run: NewRun = {
      ...wish,
      id: uuidv7(),
      workflowVersionId,
      pins,
      pinnedWorkflows,
      concurrency: await this.intake.concurrencyPlace(subject, parameters),
      createdAt: this.clock.now(),
    };
    return { run, workflowVersion, idempotency, request: requestOf(wish) };
  }

  /**
   * Records a prepared run in the caller's transaction, or finds the one that its idempotency key stands for.
   * After the commit call {@link announce}.
   * @throws AppError UNPROCESSABLE when the idempotency key was used for another request
   */
  async record(sql: SqlExecutor, { run, idempotency, request }: PreparedRun): Promise<BegunRun> {
    if (idempotency !== null) {
      const earlierId = await this.reserve(sql, run.id, request, idempotency);
      if (earlierId !== null) return { id: earlierId, isNew: false, gaveWay: REACHED_NOBODY };
    }
    const gaveWay = await this.intake.create(sql, run);
    return { id: run.id, isNew: true, gaveWay };
  }

  /** Where the run is new: wakes workers, who find it within a second without it, and tells of what gave way. */
  announce({ isNew, gaveWay }: BegunRun): void {
    if (isNew) this.intake.announce(gaveWay);
  }

  /** @returns the id of the run that the key was used for already, or null when the key is now this run's */
  private async reserve(
    sql: SqlExecutor,
    runId: string,
    request: JsonValue,
    { callerId, key }: RunIdempotency,
  ): Promise<string | null> {
    const requestHash = hashOf(request);
    const entry = { apiKeyId: callerId, key, requestHash, runId };
    if (await this.runs.reserveIdempotencyKey(sql, entry)) return null;
    return sameRequest(await this.runs.findIdempotent(callerId, key, sql), requestHash);
  }
}

function hashOf(request: JsonValue): Buffer {
  return createHash('sha256').update(JSON.stringify(request)).digest();
}

/** @throws AppError UNPROCESSABLE when the key was used for another request */
function sameRequest(earlier: IdempotentRun | null, requestHash: Buffer): string {
  if (earlier?.requestHash.equals(requestHash) === true) return earlier.runId;
  throw keyReused();
}
