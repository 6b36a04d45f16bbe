import type { LogLevel } from '../../engine/ports';

/** What one run of a script may use; passed along with each job so that the worker holds no numbers. */
export interface ScriptLimits {
  /** The interpreter's whole memory: a wall, because its WebAssembly memory cannot grow past it. */
  readonly memoryMb: number;
  /** Milliseconds after which the interpreter stops by itself. */
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly maxLogLines: number;
  readonly maxLogBytes: number;
  readonly maxLogLineChars: number;
}

/** Main thread to worker: run this. */
export interface ScriptJob {
  /** JavaScript, an ES module with a default export. */
  readonly code: string;
  /** The argument of the default export, as JSON. */
  readonly inputs: string;
  readonly limits: ScriptLimits;
}

/** Why a script gave no result. */
export const SCRIPT_FAILURES = [
  'threw',
  'never_settles',
  'no_default_export',
  'timed_out',
  'out_of_memory',
  'output_too_large',
  'crashed',
] as const;
export type ScriptFailure = (typeof SCRIPT_FAILURES)[number];

/** How a run ended. `stack` is QuickJS' own, with positions in `code`. */
export type ScriptOutcome =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly failure: ScriptFailure; readonly message: string; readonly stack: string };

/** Worker to main thread. The last message of a run is its `outcome`. */
export type ScriptMessage =
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly kind: 'log_limit'; readonly text: string }
  | {
      readonly kind: 'outcome';
      readonly outcome: ScriptOutcome;
      /** The interpreter is spent (its memory has grown, or it broke): do not use this worker again. */
      readonly spent: boolean;
    };
