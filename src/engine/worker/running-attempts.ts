import { AppError } from '../../common/errors/app-error';
import type { Unit } from '../core/unit';
import type { WorkflowPlan } from '../core/workflow-plan';
import { LivePreview } from '../live-preview';
import type { LogLevel, LogStream, ModelUsage } from '../ports';
import type { ClaimedRun } from '../store/run-store';
import type { ExecutionTools } from './execution-tools';
import type { LoggedLine } from './log-buffer';
import type { UnitStart } from './record-decision';
import { type AttemptResult, StepAttempt } from './step-attempt';
import { tracedAttempt } from './trace-work';
import { whenReachable } from './when-reachable';

/** Of a step's attempt, where the workflow does not say. */
const DEFAULT_STEP_TIMEOUT_MS = 300_000;

/** An attempt that has ended. */
export interface EndedAttempt {
  readonly unit: Unit;
  readonly attempt: number;
  readonly result: AttemptResult;
  readonly usage: ModelUsage | null;
}

/** Where what attempts tell goes. */
export interface AttemptsListener {
  readonly logged: (line: LoggedLine) => void;
  readonly ended: (end: EndedAttempt) => void;
}

/** The attempts of a run that call components at the moment. */
export class RunningAttempts {
  private readonly attempts = new Map<string, StepAttempt>();

  constructor(
    private readonly run: Pick<ClaimedRun, 'id' | 'pins'>,
    private readonly tools: Pick<ExecutionTools, 'plans' | 'components' | 'clock' | 'showPreview'>,
    private readonly listener: AttemptsListener,
  ) {}

  get count(): number {
    return this.attempts.size;
  }

  /** Calls the component of a unit whose start is on disk. */
  launch(plan: WorkflowPlan, { stepId, item, attempt, inputs }: UnitStart): void {
    const { id: runId, pins } = this.run;
    const step = plan.stepsById.get(stepId);
    const timeoutMs = step?.timeoutMs ?? DEFAULT_STEP_TIMEOUT_MS;
    const running = new StepAttempt(timeoutMs);
    const unit = { stepId, item };
    const key = item === undefined ? stepId : `${stepId}:${item}`;
    this.attempts.set(key, running);
    const versionId = pins[stepId] ?? '';
    const call = async (signal: AbortSignal) => ({
      runId,
      stepId,
      attempt,
      component: await whenReachable(() => this.tools.plans.component(versionId), signal),
      tool: step?.uses.kind === 'component' ? step.uses.tool : null,
      inputs,
      idempotencyKey: `${runId}:${key}`,
      timeoutMs,
      pins,
    });
    const log = (stream: LogStream, level: LogLevel, message: string): void => {
      this.listener.logged({ unit, stream, level, message, at: this.tools.clock.now() });
    };
    const live = new LivePreview({ runId, unit, attempt }, this.tools);
    const preview = (textSoFar: string): void => {
      live.show(textSoFar);
    };
    const work = () => running.run(this.tools.components, call, { log, preview });
    void tracedAttempt(unit, attempt, work).then((result) => {
      live.close();
      this.attempts.delete(key);
      this.listener.ended({ unit, attempt, result, usage: running.usage });
    });
  }

  /** Tells all of them to stop; each ends soon, CANCELLED for that reason unless it has ended by itself. */
  stop(reason: string): void {
    for (const attempt of this.attempts.values()) attempt.stop(new AppError('CANCELLED', reason));
  }
}
