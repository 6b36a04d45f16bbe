import type { JsonObject, JsonValue } from '../core/json';
import type { Unit } from '../core/unit';
import type { LogLevel, LogStream, ModelUsage } from '../ports';
import { logLine, resultPreview, statusChange } from '../run-events';
import {
  type CallingAttempt,
  type Checkpoint,
  type ClaimOutcome,
  type FamilyChange,
  type Lease,
  type NestedCall,
  NO_ITEM,
  type RecordedError,
  type RunChange,
  type RunEventRow,
  type StepRow,
} from '../store/checkpoint';

/** What an attempt ended as. */
export interface AttemptEnd {
  readonly status: string;
  readonly output?: string;
  readonly error?: RecordedError;
  /** When it is tried again, or a wait is over. */
  readonly wakeAt?: Date;
}

/**
 * Gathers what one turn of a run changes, each change with its event, and gives it as one checkpoint. An attempt
 * that starts and ends in the same turn becomes one row.
 */
export class Turn {
  private readonly steps = new Map<string, StepRow>();
  private readonly events: RunEventRow[] = [];
  private readonly calls: NestedCall[] = [];
  private run: RunChange = {};
  private claim: ClaimOutcome = { kind: 'keep' };

  /** @param at the one time of everything in the turn, decisions included */
  constructor(
    private readonly runId: string,
    readonly at: Date,
  ) {}

  get isEmpty(): boolean {
    return this.events.length === 0;
  }

  /** Whether the worker lets go of the run with this turn. */
  get leaves(): boolean {
    return this.claim.kind !== 'keep';
  }

  /** The run runs: for the first time, or again after a wait. */
  runStarted(firstTime: boolean): void {
    this.run = { ...this.run, status: 'running', ...(firstTime && { startedAt: this.at }) };
    this.events.push(statusChange(this.runId, { status: 'running' }, this.at));
  }

  /** An attempt of a step, or of one item of it, begins. */
  unitStarted({ stepId, item }: Unit, attempt: number, inputs: JsonValue): void {
    this.put({ stepId, item }, attempt, {
      status: 'running',
      inputs: JSON.stringify(inputs),
      startedAt: this.at,
    });
    this.events.push(statusChange(this.runId, { stepId, item, status: 'running', attempt }, this.at));
  }

  /** An attempt begins by starting a nested run, and waits for its end. */
  nestedCalled({ stepId, item }: Unit, attempt: number, parameters: JsonObject, wakeAt: number | null): void {
    this.unitStarted({ stepId, item }, attempt, parameters);
    this.unitEnded({ stepId, item }, attempt, {
      status: 'waiting',
      ...(wakeAt !== null && { wakeAt: new Date(wakeAt) }),
    });
    this.calls.push({ stepId, item: item ?? NO_ITEM, attempt, parameters });
  }

  stepSkipped(stepId: string, reason: string): void {
    this.put({ stepId }, 0, { status: 'skipped', endedAt: this.at });
    this.events.push(statusChange(this.runId, { stepId, status: 'skipped', reason }, this.at));
  }

  /** The attempt ended, or the unit waits: for its time, or to be tried again. */
  unitEnded({ stepId, item }: Unit, attempt: number, end: AttemptEnd): void {
    const { status, output, error, wakeAt } = end;
    this.put({ stepId, item }, attempt, {
      status,
      output: output ?? null,
      error: error === undefined ? null : JSON.stringify(error),
      wakeAt: wakeAt ?? null,
      endedAt: status === 'waiting' ? null : this.at,
    });
    const change = { stepId, item, status, attempt, ...(error !== undefined && { error }) };
    this.events.push(statusChange(this.runId, change, this.at));
    if (output !== undefined) {
      this.events.push(resultPreview(this.runId, { stepId, item }, output, this.at));
    }
  }

  /** What an attempt that this turn ends has used of a model. */
  unitUsed(unit: Unit, attempt: number, usage: ModelUsage): void {
    if (this.steps.has(rowKey(unit, attempt))) this.put(unit, attempt, { usage });
  }

  log(unit: Unit, stream: LogStream, level: LogLevel, message: string, at: Date): void {
    this.events.push(logLine(this.runId, unit, stream, level, message, at));
  }

  /**
   * The run sleeps until `until`, or, without it, until news come; some worker claims it then.
   * @param newsSeen how many signals and ends of nested runs this worker knows of
   */
  park(until: Date | null, newsSeen: number): void {
    this.run = { ...this.run, status: 'waiting', ...(until !== null && { wakeAt: until }) };
    this.claim = { kind: 'park', until, newsSeen };
    this.events.push(statusChange(this.runId, { status: 'waiting' }, this.at));
  }

  /** The run has failed; its `on_failure` steps begin, and then it ends so. The event of that comes with the end. */
  runFailing(endsAs: string, error: RecordedError): void {
    this.run = { ...this.run, endsAs, error: JSON.stringify(error) };
  }

  /** The run ended; nothing can follow. */
  runEnded(status: string, end: { readonly result?: JsonValue; readonly error?: RecordedError }): void {
    const { result, error } = end;
    this.run = {
      ...this.run,
      status,
      endedAt: this.at,
      ...(result !== undefined && { result: JSON.stringify(result) }),
      ...(error !== undefined && { error: JSON.stringify(error) }),
    };
    this.claim = { kind: 'end' };
    const change = { status, ...(error !== undefined && { error }), terminal: true as const };
    this.events.push(statusChange(this.runId, change, this.at));
  }

  /** Whether the run ends with the turn. */
  get endsRun(): boolean {
    return this.claim.kind === 'end';
  }

  /** The attempts of some steps that have ended in the turn. */
  settledAttempts(isWanted: (stepId: string) => boolean): CallingAttempt[] {
    return [...this.steps.values()]
      .filter(({ stepId, status }) => isWanted(stepId) && status !== 'waiting' && status !== 'running')
      .map(({ stepId, item, attempt }) => ({ stepId, item, attempt }));
  }

  /** The nested runs that start with the turn. */
  get nestedCalls(): readonly NestedCall[] {
    return this.calls;
  }

  /**
   * @param baseSeq number of the run's last event so far
   * @param family what follows for other runs; left out where nothing can
   */
  checkpoint(lease: Lease, baseSeq: number, family?: FamilyChange): Checkpoint {
    return {
      lease,
      baseSeq,
      steps: [...this.steps.values()],
      events: this.events,
      run: this.run,
      claim: this.claim,
      ...(family !== undefined && { family }),
    };
  }

  private put(unit: Unit, attempt: number, change: Partial<StepRow>): void {
    const { stepId, item = NO_ITEM } = unit;
    const key = rowKey(unit, attempt);
    const before = this.steps.get(key) ?? { ...EMPTY_ROW, stepId, item, attempt };
    this.steps.set(key, { ...before, ...change });
  }
}

function rowKey({ stepId, item = NO_ITEM }: Unit, attempt: number): string {
  return `${stepId}:${item}:${attempt}`;
}

const EMPTY_ROW = {
  status: 'pending',
  inputs: null,
  output: null,
  error: null,
  wakeAt: null,
  startedAt: null,
  endedAt: null,
  usage: null,
};
