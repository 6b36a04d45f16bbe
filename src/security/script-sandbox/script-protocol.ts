import type { MessagePort } from 'node:worker_threads';
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

/** A place in a text; both from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** What is to run a script: QuickJS refuses more than Node does. */
export type ScriptRuntime = 'quickjs' | 'node';

/** Main thread to compiler: compile this. */
export interface CompileRequest {
  /** TypeScript, an ES module. */
  readonly source: string;
  readonly runtime: ScriptRuntime;
  /** Where the answer goes: a {@link CompileReply}, and whether the compiler is spent. */
  readonly reply: MessagePort;
  /** Set to 1 and notified once the answer is there: the asker may be blocked. */
  readonly done: Int32Array<SharedArrayBuffer>;
}

/** What came of compiling; `sourceMap` is null when no character has moved. */
export type CompileReply =
  | { readonly ok: true; readonly code: string; readonly sourceMap: string | null }
  | { readonly ok: false; readonly message: string; readonly position: SourcePosition | null };

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
