/** How this process takes part in the engine. */
export interface EngineOptions {
  /** Whether it drives runs; without it, it only takes them in. */
  readonly drivesRuns: boolean;
  /** How many runs it drives at a time. */
  readonly concurrency: number;
  /** What steps that run get to end by themselves when the program stops, milliseconds. */
  readonly stopGraceMs: number;
}
