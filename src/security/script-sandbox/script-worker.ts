/**
 * The thread that runs scripts in QuickJS: one run at a time, each in a runtime and context of its own.
 *
 * The file is started in two ways: as JavaScript from `dist`, and as it stands by Node's type stripping
 * (tests). So it holds erasable TypeScript only, and loads what it needs by `import()`: a static import
 * would make it an ES module, which Node refuses for a `.ts` file of a CommonJS package.
 */
import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule, Scope } from 'quickjs-emscripten';
import type { LogLevel } from '../../engine/ports';
import type { ScriptJob, ScriptLimits, ScriptMessage, ScriptOutcome } from './script-protocol';

/** 64 KiB, the unit of WebAssembly memory. */
const PAGES_PER_MB = 16;
/**
 * The memory at its start (the QuickJS build asks for 16 MB at least). A run that needed more leaves a spent
 * interpreter: WebAssembly memory never shrinks.
 */
const INITIAL_MB = 20;
/** About 3,000 calls deep. Larger, and deep recursion meets the thread's own stack first, which is a crash. */
const STACK_BYTES = 512 * 1024;
/** The name that stack traces carry; typescript-script reads the line after it. */
const FILE_NAME = 'script.ts';

/** Runs inside QuickJS before the script: takes its own copies of what the script could replace. */
const PRELUDE = `(emit, maxChars) => {
  const { stringify, parse } = JSON;
  const string = String;
  const show = (value) => {
    try {
      if (typeof value === 'string') return value;
      if (typeof value === 'bigint') return string(value);
      if (value instanceof Error) return value.name + ': ' + value.message;
      return stringify(value) ?? string(value);
    } catch {
      return Object.prototype.toString.call(value);
    }
  };
  const method = (level) => (...values) => {
    const text = values.map(show).join(' ');
    emit(level, stringify(text.length > maxChars ? text.slice(0, maxChars) : text), text.length);
  };
  globalThis.console = Object.freeze({
    debug: method('debug'),
    log: method('info'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
  });
  const call = async (main, inputs) => {
    const result = await main(parse(inputs));
    const json = stringify(result === undefined ? null : result);
    if (json === undefined) throw new TypeError('the result is a ' + typeof result + ', which JSON cannot carry');
    return json;
  };
  return { show, call };
}`;

interface Interpreter {
  readonly quickjs: QuickJSWASMModule;
  readonly memory: WebAssembly.Memory;
  readonly memoryMb: number;
}

type Settled =
  | { readonly state: 'fulfilled'; readonly value: QuickJSHandle }
  | { readonly state: 'rejected'; readonly error: QuickJSHandle }
  | { readonly state: 'pending' };

type Failure = (ScriptOutcome & { ok: false })['failure'];

function failed(failure: Failure, message = '', stack = ''): ScriptOutcome {
  return { ok: false, failure, message, stack };
}

/** The memory grows in steps: within the last 2 MB there is no room for another one. */
function isFull({ memory, memoryMb }: Interpreter): boolean {
  return memory.buffer.byteLength >= (memoryMb - 2) * 1024 * 1024;
}

/** Counts what a script writes; past a limit, says so once and drops the rest. */
class ScriptLog {
  readonly limits: ScriptLimits;
  readonly tell: (message: ScriptMessage) => void;
  lines = 0;
  bytes = 0;

  constructor(limits: ScriptLimits, tell: (message: ScriptMessage) => void) {
    this.limits = limits;
    this.tell = tell;
  }

  /** `length` is that of the whole line, of which `text` is the beginning. */
  write(level: LogLevel, text: string, length: number): void {
    const { maxLogLines, maxLogBytes } = this.limits;
    if (this.lines > maxLogLines || this.bytes > maxLogBytes) return;
    this.lines += 1;
    this.bytes += Buffer.byteLength(text);
    if (this.lines > maxLogLines || this.bytes > maxLogBytes) {
      const most = `${maxLogLines} lines or ${maxLogBytes} bytes`;
      const notice = `The script wrote more than ${most}: the rest of its log is left out`;
      this.tell({ kind: 'log_limit', text: notice });
      return;
    }
    const excess = length - text.length;
    const shown = excess > 0 ? `${text}… (${excess} more characters left out)` : text;
    this.tell({ kind: 'log', level, text: shown });
  }
}

/** One run of one script. Every handle belongs to `scope`, which the caller disposes of. */
class ScriptRun {
  readonly interpreter: Interpreter;
  readonly scope: Scope;
  readonly limits: ScriptLimits;
  readonly context: QuickJSContext;
  interrupted = false;

  constructor(interpreter: Interpreter, scope: Scope, limits: ScriptLimits) {
    this.interpreter = interpreter;
    this.scope = scope;
    this.limits = limits;
    const deadline = Date.now() + limits.timeoutMs;
    const runtime = scope.manage(
      interpreter.quickjs.newRuntime({
        maxStackSizeBytes: STACK_BYTES,
        interruptHandler: () => (this.interrupted ||= Date.now() > deadline),
      }),
    );
    this.context = scope.manage(runtime.newContext());
  }

  execute(code: string, inputs: string, log: ScriptLog): ScriptOutcome {
    const { context } = this;
    const { show, call } = this.setUp(log);
    const loaded = context.evalCode(code, FILE_NAME, { type: 'module' });
    if (loaded.error !== undefined) return this.failedBy(loaded.error, show);
    const exports = this.settle(loaded.value);
    if (exports.state === 'rejected') return this.failedBy(exports.error, show);
    if (exports.state === 'pending') return this.unsettled();
    const script = this.keep(context.getProp(this.keep(exports.value), 'default'));
    if (context.typeof(script) !== 'function') return failed('no_default_export');

    const called = context.callFunction(
      call,
      context.undefined,
      script,
      this.keep(context.newString(inputs)),
    );
    if (called.error !== undefined) return this.failedBy(called.error, show);
    const result = this.settle(called.value);
    if (result.state === 'rejected') return this.failedBy(result.error, show);
    if (result.state === 'pending') return this.unsettled();
    return this.outputOf(this.keep(result.value));
  }

  setUp(log: ScriptLog): { show: QuickJSHandle; call: QuickJSHandle } {
    const { context } = this;
    const emit = this.keep(
      context.newFunction('emit', (level, text, length) => {
        // As JSON: QuickJS ends what it hands out at a NUL.
        const line = JSON.parse(context.getString(text)) as string;
        log.write(context.getString(level) as LogLevel, line.toWellFormed(), context.getNumber(length));
      }),
    );
    const maxChars = this.keep(context.newNumber(this.limits.maxLogLineChars));
    const start = this.keep(context.unwrapResult(context.evalCode(PRELUDE, 'prelude.js')));
    const prelude = this.keep(
      context.unwrapResult(context.callFunction(start, context.undefined, emit, maxChars)),
    );
    return {
      show: this.keep(context.getProp(prelude, 'show')),
      call: this.keep(context.getProp(prelude, 'call')),
    };
  }

  /** Runs promise jobs until none is left. */
  settle(promise: QuickJSHandle): Settled {
    this.keep(promise);
    const jobs = this.context.runtime.executePendingJobs();
    if (jobs.error !== undefined) return { state: 'rejected', error: jobs.error };
    const state = this.context.getPromiseState(promise);
    switch (state.type) {
      case 'fulfilled':
        return { state: 'fulfilled', value: state.value };
      case 'rejected':
        return { state: 'rejected', error: state.error };
      case 'pending':
        return { state: 'pending' };
    }
  }

  /** An interrupt inside a promise job leaves the promise pending. */
  unsettled(): ScriptOutcome {
    return failed(this.interrupted ? 'timed_out' : 'never_settles');
  }

  failedBy(error: QuickJSHandle, show: QuickJSHandle): ScriptOutcome {
    const { context } = this;
    this.keep(error);
    if (this.interrupted) return failed('timed_out');
    const isObject = context.typeof(error) === 'object';
    const name = isObject ? this.textOf(error, 'name') : '';
    const message = isObject ? this.textOf(error, 'message') : '';
    // Without room for an Error object, QuickJS throws null or an empty string.
    if (message === 'out of memory' || (name === '' && isFull(this.interpreter)))
      return failed('out_of_memory');
    if (name !== '') return failed('threw', `${name}: ${message}`, this.textOf(error, 'stack'));
    const shown = context.callFunction(show, context.undefined, error);
    if (shown.error !== undefined) return failed('threw', 'a value that cannot be shown');
    return failed('threw', context.getString(this.keep(shown.value)).slice(0, this.limits.maxLogLineChars));
  }

  outputOf(json: QuickJSHandle): ScriptOutcome {
    const { context, limits } = this;
    // Looked at first, so that a text of any size is not copied out of the interpreter.
    const chars = context.getNumber(this.keep(context.getProp(json, 'length')));
    if (chars > limits.maxOutputBytes) return failed('output_too_large');
    const text = context.getString(json);
    return Buffer.byteLength(text) > limits.maxOutputBytes
      ? failed('output_too_large')
      : { ok: true, json: text };
  }

  textOf(handle: QuickJSHandle, key: string): string {
    const value = this.keep(this.context.getProp(handle, key));
    if (this.context.typeof(value) !== 'string') return '';
    return this.context.getString(value).slice(0, this.limits.maxLogLineChars);
  }

  keep(handle: QuickJSHandle): QuickJSHandle {
    return this.scope.manage(handle);
  }
}

async function main(): Promise<void> {
  const { parentPort } = await import('node:worker_threads');
  const { newQuickJSWASMModuleFromVariant, newVariant, RELEASE_SYNC, Scope } =
    await import('quickjs-emscripten');
  if (parentPort === null) throw new Error('script-worker runs as a worker thread only');
  const port = parentPort;
  const tell = (message: ScriptMessage) => {
    port.postMessage(message);
  };
  let kept: Interpreter | null = null;

  async function interpreterOf(memoryMb: number): Promise<Interpreter> {
    if (kept?.memoryMb === memoryMb) return kept;
    // QuickJS' own memory limit counts bytes asked for, not used (an array of small arrays took 2 GB under
    // a limit of 32 MB), so the wall is the maximum of the WebAssembly memory.
    const memory = new WebAssembly.Memory({
      initial: INITIAL_MB * PAGES_PER_MB,
      maximum: memoryMb * PAGES_PER_MB,
    });
    const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(RELEASE_SYNC, { wasmMemory: memory }));
    kept = { quickjs, memory, memoryMb };
    return kept;
  }

  async function answer({ code, inputs, limits }: ScriptJob): Promise<ScriptMessage> {
    const interpreter = await interpreterOf(limits.memoryMb);
    const hasGrown = () => interpreter.memory.buffer.byteLength > INITIAL_MB * 1024 * 1024;
    const scope = new Scope();
    try {
      const run = new ScriptRun(interpreter, scope, limits);
      const outcome = run.execute(code, inputs, new ScriptLog(limits, tell));
      // Once the memory has grown, quickjs-emscripten reads a stale view in executePendingJobs and leaks a
      // context, and freeing the runtime aborts. The thread is replaced then, so nothing need be freed.
      if (!hasGrown()) scope.dispose();
      return { kind: 'outcome', outcome, spent: hasGrown() };
    } catch (error) {
      // The interpreter itself broke: its stack met the thread's, or there was no memory left to fail in.
      const failure = isFull(interpreter) ? 'out_of_memory' : 'crashed';
      const message = error instanceof Error ? error.message.slice(0, 200) : '';
      return { kind: 'outcome', outcome: failed(failure, message), spent: true };
    }
  }

  port.on('message', (job: ScriptJob) => {
    void answer(job).then(tell);
  });
}

void main();
