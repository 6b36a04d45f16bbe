/**
 * The thread that runs scripts in QuickJS: one run at a time, each in a runtime and context of its own.
 *
 * The file is started in two ways: as JavaScript from `dist`, and as it stands by Node's type stripping
 * (tests). So it holds erasable TypeScript only, and loads what it needs by `import()`: a static import
 * would make it an ES module, which Node refuses for a `.ts` file of a CommonJS package.
 */
import type {
  QuickJSContext,
  QuickJSHandle,
  QuickJSWASMModule,
  Scope as ScopeType,
} from 'quickjs-emscripten';
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
    emit(level, text.length > maxChars ? text.slice(0, maxChars) : text, text.length);
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

async function main(): Promise<void> {
  const { parentPort } = await import('node:worker_threads');
  const { newQuickJSWASMModuleFromVariant, newVariant, RELEASE_SYNC, Scope } =
    await import('quickjs-emscripten');
  if (parentPort === null) throw new Error('script-worker runs as a worker thread only');
  const port = parentPort;
  const tell = (message: ScriptMessage) => {
    port.postMessage(message);
  };

  let interpreter: Interpreter | null = null;

  async function interpreterOf(memoryMb: number): Promise<Interpreter> {
    if (interpreter?.memoryMb === memoryMb) return interpreter;
    // QuickJS' own memory limit counts bytes asked for, not used (an array of small arrays took 2 GB under
    // a limit of 32 MB), so the wall is the maximum of the WebAssembly memory.
    const memory = new WebAssembly.Memory({
      initial: INITIAL_MB * PAGES_PER_MB,
      maximum: memoryMb * PAGES_PER_MB,
    });
    const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(RELEASE_SYNC, { wasmMemory: memory }));
    interpreter = { quickjs, memory, memoryMb };
    return interpreter;
  }

  /** Counts what the script writes; past a limit, says so once and drops the rest. */
  function logger(limits: ScriptLimits) {
    let lines = 0;
    let bytes = 0;
    let full = false;
    return (level: string, text: string, length: number) => {
      if (full) return;
      lines += 1;
      bytes += Buffer.byteLength(text);
      full = lines > limits.maxLogLines || bytes > limits.maxLogBytes;
      if (full) {
        const most = `${limits.maxLogLines} lines or ${limits.maxLogBytes} bytes`;
        tell({
          kind: 'log_limit',
          text: `The script wrote more than ${most}: the rest of its log is left out`,
        });
        return;
      }
      const shown =
        length > text.length ? `${text}… (${length - text.length} more characters left out)` : text;
      tell({ kind: 'log', level: level === 'log' ? 'info' : (level as 'info'), text: shown });
    };
  }

  /** The memory grows in steps: within the last 2 MB there is no room for another one. */
  function isFull({ memory, memoryMb }: Interpreter): boolean {
    return memory.buffer.byteLength >= (memoryMb - 2) * 1024 * 1024;
  }

  function settle(context: QuickJSContext, promise: QuickJSHandle): Settled {
    const jobs = context.runtime.executePendingJobs();
    if (jobs.error !== undefined) return { state: 'rejected', error: jobs.error };
    const state = context.getPromiseState(promise);
    switch (state.type) {
      case 'fulfilled':
        return { state: 'fulfilled', value: state.value };
      case 'rejected':
        return { state: 'rejected', error: state.error };
      case 'pending':
        return { state: 'pending' };
    }
  }

  function run(interpreter: Interpreter, scope: ScopeType, job: ScriptJob): ScriptOutcome {
    const { limits } = job;
    const deadline = Date.now() + limits.timeoutMs;
    let interrupted = false;
    const failed = (
      failure: (ScriptOutcome & { ok: false })['failure'],
      message = '',
      stack = '',
    ): ScriptOutcome => ({
      ok: false,
      failure,
      message,
      stack,
    });

    const runtime = scope.manage(
      interpreter.quickjs.newRuntime({
        maxStackSizeBytes: STACK_BYTES,
        interruptHandler: () => (interrupted ||= Date.now() > deadline),
      }),
    );
    const context = scope.manage(runtime.newContext());
    const keep = (handle: QuickJSHandle) => scope.manage(handle);
    const textOf = (handle: QuickJSHandle, key: string) => {
      const value = keep(context.getProp(handle, key));
      return context.typeof(value) === 'string'
        ? context.getString(value).slice(0, limits.maxLogLineChars)
        : '';
    };

    const log = logger(limits);
    const emit = keep(
      context.newFunction('emit', (level, text, length) => {
        log(context.getString(level), context.getString(text), context.getNumber(length));
      }),
    );
    const setUp = keep(context.unwrapResult(context.evalCode(PRELUDE, 'prelude.js')));
    const prelude = keep(
      context.unwrapResult(
        context.callFunction(setUp, context.undefined, emit, keep(context.newNumber(limits.maxLogLineChars))),
      ),
    );
    const show = keep(context.getProp(prelude, 'show'));
    const call = keep(context.getProp(prelude, 'call'));

    // An interrupt inside a promise job leaves the promise pending.
    const unsettled = () => failed(interrupted ? 'timed_out' : 'never_settles');
    const failedBy = (error: QuickJSHandle): ScriptOutcome => {
      keep(error);
      if (interrupted) return failed('timed_out');
      const isObject = context.typeof(error) === 'object';
      const name = isObject ? textOf(error, 'name') : '';
      const message = isObject ? textOf(error, 'message') : '';
      // Without room for an Error object, QuickJS throws null or an empty string.
      if (message === 'out of memory' || (name === '' && isFull(interpreter))) return failed('out_of_memory');
      if (name !== '') return failed('threw', `${name}: ${message}`, textOf(error, 'stack'));
      const shown = context.callFunction(show, context.undefined, error);
      if (shown.error !== undefined) return failed('threw', 'a value that cannot be shown');
      return failed('threw', context.getString(keep(shown.value)).slice(0, limits.maxLogLineChars));
    };

    const loaded = context.evalCode(job.code, FILE_NAME, { type: 'module' });
    if (loaded.error !== undefined) return failedBy(loaded.error);
    const exports = settle(context, keep(loaded.value));
    if (exports.state === 'rejected') return failedBy(exports.error);
    if (exports.state === 'pending') return unsettled();
    const script = keep(context.getProp(keep(exports.value), 'default'));
    if (context.typeof(script) !== 'function') return failed('no_default_export');

    const called = context.callFunction(call, context.undefined, script, keep(context.newString(job.inputs)));
    if (called.error !== undefined) return failedBy(called.error);
    const result = settle(context, keep(called.value));
    if (result.state === 'rejected') return failedBy(result.error);
    if (result.state === 'pending') return unsettled();
    const json = keep(result.value);
    if (context.getNumber(keep(context.getProp(json, 'length'))) > limits.maxOutputBytes) {
      return failed('output_too_large');
    }
    const text = context.getString(json);
    return Buffer.byteLength(text) > limits.maxOutputBytes
      ? failed('output_too_large')
      : { ok: true, json: text };
  }

  async function answer(job: ScriptJob): Promise<ScriptMessage> {
    const interpreter = await interpreterOf(job.limits.memoryMb);
    const grown = () => interpreter.memory.buffer.byteLength > INITIAL_MB * 1024 * 1024;
    const scope = new Scope();
    try {
      const outcome = run(interpreter, scope, job);
      // Once the memory has grown, quickjs-emscripten reads a stale view in executePendingJobs and leaks a
      // context, and freeing the runtime aborts. The thread is replaced then, so nothing need be freed.
      if (!grown()) scope.dispose();
      return { kind: 'outcome', outcome, spent: grown() };
    } catch (error) {
      // The interpreter itself broke: its stack met the thread's, or there was no memory left to fail in.
      const failure = isFull(interpreter) ? 'out_of_memory' : 'crashed';
      const message = error instanceof Error ? error.message.slice(0, 200) : '';
      return { kind: 'outcome', outcome: { ok: false, failure, message, stack: '' }, spent: true };
    }
  }

  port.on('message', (job: ScriptJob) => {
    void answer(job).then(tell);
  });
}

void main();
