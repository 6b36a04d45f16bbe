import { SourceMap, type SourceMapPayload } from 'node:module';
import { MessageChannel, receiveMessageOnPort, type MessagePort, type Worker } from 'node:worker_threads';
import { fail, ok, type Result } from '../../engine/core/result';
import type { CompileReply, CompileRequest, ScriptRuntime, SourcePosition } from './script-protocol';
import { startThread } from './worker-thread';

/** Far more than the largest script needs, a cold thread included (0.1 s). */
const COMPILE_TIMEOUT_MS = 3000;

/** Why a script cannot be compiled; the position is in the author's text. */
export interface ScriptFault {
  readonly message: string;
  readonly position: SourcePosition | null;
}

/** A script that can be run. */
export interface CompiledScript {
  /** JavaScript, an ES module. */
  readonly code: string;
  /** Where a place of `code` is in the author's text. */
  readonly original: (position: SourcePosition) => SourcePosition;
}

type Compiled = Result<CompiledScript, ScriptFault>;

/** Makes JavaScript of TypeScript modules, in a thread of its own. Types are not checked; nothing runs. */
export class ScriptCompiler {
  private worker: Worker | null = null;

  /**
   * Compiles and blocks this thread meanwhile (0.3 ms once the compiler is warm): for checks that must answer
   * at once.
   */
  compileNow(source: string, runtime: ScriptRuntime = 'quickjs'): Compiled {
    const { done, port } = this.ask(source, runtime);
    Atomics.wait(done, 0, 0, COMPILE_TIMEOUT_MS);
    return this.take(port);
  }

  /** Compiles without blocking. */
  async compile(source: string, runtime: ScriptRuntime = 'quickjs'): Promise<Compiled> {
    const { done, port } = this.ask(source, runtime);
    const waiting = Atomics.waitAsync(done, 0, 0, COMPILE_TIMEOUT_MS);
    if (waiting.async) await waiting.value;
    return this.take(port);
  }

  /** Ends the thread; a later call starts another. */
  async close(): Promise<void> {
    const { worker } = this;
    this.worker = null;
    await worker?.terminate();
  }

  private ask(
    source: string,
    runtime: ScriptRuntime,
  ): { done: Int32Array<SharedArrayBuffer>; port: MessagePort } {
    const worker = (this.worker ??= this.start());
    const { port1, port2 } = new MessageChannel();
    const done = new Int32Array(new SharedArrayBuffer(4));
    worker.postMessage({ source, runtime, reply: port2, done } satisfies CompileRequest, [port2]);
    return { done, port: port1 };
  }

  private take(port: MessagePort): Compiled {
    const received = receiveMessageOnPort(port) as
      { message: { answer: CompileReply; spent: boolean } } | undefined;
    port.close();
    if (received?.message.spent !== false) void this.close();
    const answer = received?.message.answer;
    if (answer === undefined) return fail({ message: 'takes too long to compile', position: null });
    if (!answer.ok) return fail({ message: answer.message, position: answer.position });
    return ok({ code: answer.code, original: originalBy(answer.sourceMap) });
  }

  private start(): Worker {
    const worker = startThread('script-compiler-worker');
    const forget = () => {
      if (this.worker === worker) this.worker = null;
    };
    worker.on('error', forget);
    worker.on('exit', forget);
    return worker;
  }
}

function originalBy(sourceMap: string | null): CompiledScript['original'] {
  if (sourceMap === null) return (position) => position;
  const map = new SourceMap(JSON.parse(sourceMap) as SourceMapPayload);
  return (position) => {
    const entry = map.findEntry(position.line - 1, position.column - 1);
    if (!('originalLine' in entry)) return position;
    return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  };
}
