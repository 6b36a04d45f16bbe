import type { JsonObject, JsonValue } from './core/json';
import type { TerminalRunStatus, TerminalStepStatus } from './core/states';

/** Which stream of a component a line of its log came from; `system` is the engine or the runner itself. */
export type LogStream = 'stdout' | 'stderr' | 'system';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a running step may tell while it runs. */
export interface StepContext {
  /** Fires on cancellation, on the step's or run's time limit, and when the worker lost its lease. */
  readonly signal: AbortSignal;
  /** Adds a `log` event to the run. Lines are gathered and written in groups; never waits. */
  log(stream: LogStream, level: LogLevel, message: string): void;
  /**
   * Shows the text that the step has made so far, whole, to those who follow the run now. Called as often as there is
   * more; never waits. It is not kept: what lasts is the output.
   */
  preview(textSoFar: string): void;
  /** Records what the attempt has used of a model so far; the last one counts, also when the attempt then fails. */
  use(usage: ModelUsage): void;
}

/** What an attempt of a step used of a language model, all its calls together. */
export interface ModelUsage {
  readonly provider: string;
  /** As the configuration names it. */
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** By the prices of the configuration; null without them. */
  readonly cost: { readonly amount: number; readonly currency: string } | null;
}

/** A version of a component, as pinned to a run. */
export interface PinnedComponent {
  readonly versionId: string;
  readonly mcpType: string;
  readonly config: JsonObject;
  /** JSON Schema of the inputs and of the output; null: anything. */
  readonly inputSchema: JsonObject | null;
  readonly outputSchema: JsonObject | null;
}

/** One call of a component, by a step or on its behalf. */
export interface ComponentUse {
  readonly component: PinnedComponent;
  readonly tool: string | null;
  readonly inputs: JsonValue;
  readonly idempotencyKey: string;
  /** The number of the step's attempt, from 1. It grows with each one under the same key: a token to fence by. */
  readonly attempt: number;
  readonly timeoutMs: number;
  /** The versions that the run was pinned to when it started, by step; those of a model's tools by `toolPin`. */
  readonly pins?: Readonly<Record<string, string>>;
}

/** One attempt of one step that calls a component. */
export interface ComponentStepCall extends ComponentUse {
  readonly runId: string;
  readonly stepId: string;
}

/** The engine's way to run components; `src/components` implements it. Also the injection token. */
export abstract class ComponentRunner {
  /** @throws AppError with the step's failure code */
  abstract run(call: ComponentStepCall, context: StepContext): Promise<JsonValue>;
}

/** A step that is over, as it was recorded. */
export interface EndedStep {
  /** The component's `mcp_type`, or `builtin:` and the builtin's name; `workflow` for a nested one; `unknown` for a component that was never loaded. */
  readonly type: string;
  readonly status: TerminalStepStatus;
  /** From the start of its first attempt to the end; null for a step that never ran. */
  readonly durationMs: number | null;
}

/** A run that is over, as it was recorded. */
export interface EndedRun {
  readonly status: TerminalRunStatus;
  /** From its first claim to the end; null for a run that never started. */
  readonly durationMs: number | null;
}

/**
 * Told what this process has recorded, after the commit; `src/metrics` implements it. Methods return at once. Also
 * the injection token.
 */
export abstract class EngineObserver {
  abstract stepEnded(step: EndedStep): void;
  /** An attempt failed or was lost, and another follows. */
  abstract stepRetried(type: string): void;
  abstract runEnded(run: EndedRun): void;
  /** An attempt is over that used a model. */
  abstract modelUsed(usage: ModelUsage): void;
}
