import type { Worker } from 'node:worker_threads';
import type { LogLevel, LogStream } from '../../engine/ports';
import type { ScriptJob, ScriptMessage, ScriptOutcome } from './script-protocol';
import { startThread } from './worker-thread';

/** Where a run's log goes and what ends it early. */
export interface ScriptRunContext {
  readonly signal: AbortSignal;
  log(stream: LogStream, level: LogLevel, message: string): void;
}

const CRASHED: ScriptOutcome = { ok: false, failure: 'crashed', message: 'its thread ended', stack: '' };

/** One worker thread with an interpreter in it; runs one script at a time. */
export class SandboxWorker {
  private readonly worker: Worker;
  private ended = false;
  private current: { context: ScriptRunContext; finish: (outcome: ScriptOutcome) => void } | null = null;

  constructor() {
    this.worker = startThread('script-worker');
    this.worker.on('message', (message: ScriptMessage) => {
      this.receive(message);
    });
    // Also keeps a dying idle worker from ending the process.
    this.worker.on('error', () => {
      this.end();
    });
    this.worker.on('exit', () => {
      this.end();
    });
  }

  /** False once the thread has ended or is not to be trusted with another run. */
  get usable(): boolean {
    return !this.ended;
  }

  /**
   * Runs a script.
   * @throws the signal's reason when it fires; the thread is then terminated
   */
  async run(job: ScriptJob, context: ScriptRunContext): Promise<ScriptOutcome> {
    if (this.current !== null) throw new Error('This worker runs a script already');
    const { promise, resolve, reject } = Promise.withResolvers<ScriptOutcome>();
    const abort = () => {
      reject(context.signal.reason as Error);
      void this.terminate();
    };
    this.current = { context, finish: resolve };
    this.worker.ref();
    context.signal.addEventListener('abort', abort, { once: true });
    try {
      if (context.signal.aborted) abort();
      else if (this.ended) resolve(CRASHED);
      else this.worker.postMessage(job);
      return await promise;
    } finally {
      context.signal.removeEventListener('abort', abort);
      this.current = null;
      this.worker.unref();
    }
  }

  /** Ends the thread at once, whatever it does. */
  async terminate(): Promise<void> {
    this.ended = true;
    await this.worker.terminate();
  }

  private receive(message: ScriptMessage): void {
    if (this.current === null) return;
    const { context, finish } = this.current;
    switch (message.kind) {
      case 'log':
        context.log(
          message.level === 'warn' || message.level === 'error' ? 'stderr' : 'stdout',
          message.level,
          message.text,
        );
        break;
      case 'log_limit':
        context.log('system', 'warn', message.text);
        break;
      case 'outcome':
        if (message.spent) void this.terminate();
        finish(message.outcome);
        break;
    }
  }

  private end(): void {
    this.ended = true;
    this.current?.finish(CRASHED);
  }
}
