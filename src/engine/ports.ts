import type { JsonObject, JsonValue } from './core/json';

/** Which stream of a component a line of its log came from; `system` is the engine or the runner itself. */
export type LogStream = 'stdout' | 'stderr' | 'system';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a running step may tell while it runs. */
export interface StepContext {
  /** Fires on cancellation, on the step's or run's time limit, and when the worker lost its lease. */
  readonly signal: AbortSignal;
  /** Adds a `log` event to the run. Lines are gathered and written in groups; never waits. */
  log(stream: LogStream, level: LogLevel, message: string): void;
}

/** A version of a component, as pinned to a run. */
export interface PinnedComponent {
  readonly versionId: string;
  readonly mcpType: string;
  readonly config: JsonObject;
}

/** One attempt of one step that calls a component. */
export interface ComponentStepCall {
  readonly runId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly component: PinnedComponent;
  readonly tool: string | null;
  readonly inputs: JsonValue;
  readonly idempotencyKey: string;
  readonly timeoutMs: number;
}

/** The engine's way to run components; `src/components` implements it. Also the injection token. */
export abstract class ComponentRunner {
  /** @throws AppError with the step's failure code */
  abstract run(call: ComponentStepCall, context: StepContext): Promise<JsonValue>;
}
