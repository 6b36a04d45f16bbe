import { availableParallelism } from 'node:os';
import { AppError } from '../../common/errors/app-error';
import { SandboxWorker, type ScriptRunContext } from './sandbox-worker';
import type { ScriptJob, ScriptOutcome } from './script-protocol';

/** Scripts that run at once: one a core, and two at least so that one long script does not hold up all. */
const DEFAULT_WORKERS = Math.max(2, availableParallelism());

interface Waiter {
  readonly give: (worker: SandboxWorker) => void;
  readonly refuse: (reason: Error) => void;
}

/**
 * Warm threads for scripts. A thread runs one script at a time; one that was terminated, crashed or has
 * grown is replaced. When all are busy, runs wait in the order they came.
 */
export class ScriptPool {
  private readonly idle: SandboxWorker[] = [];
  private readonly busy = new Set<SandboxWorker>();
  private readonly waiting: Waiter[] = [];
  private closed = false;

  constructor(private readonly maxWorkers: number = DEFAULT_WORKERS) {}

  /**
   * Runs a script to its end.
   * @throws the signal's reason when it fires, also while waiting for a thread
   */
  async run(job: ScriptJob, context: ScriptRunContext): Promise<ScriptOutcome> {
    context.signal.throwIfAborted();
    if (this.closed) throw stopping();
    const worker = await this.acquire(context.signal);
    try {
      return await worker.run(job, context);
    } finally {
      this.release(worker);
    }
  }

  /** Terminates every thread; runs in progress end as crashed. */
  async close(): Promise<void> {
    this.closed = true;
    for (const waiter of this.waiting.splice(0)) waiter.refuse(stopping());
    await Promise.all([...this.idle.splice(0), ...this.busy].map((worker) => worker.terminate()));
  }

  private async acquire(signal: AbortSignal): Promise<SandboxWorker> {
    let worker = this.idle.pop();
    // One that died while it was idle is dropped here.
    while (worker !== undefined && !worker.usable) worker = this.idle.pop();
    if (worker === undefined && this.busy.size < this.maxWorkers) worker = new SandboxWorker();
    if (worker === undefined) return this.wait(signal);
    this.busy.add(worker);
    return worker;
  }

  private async wait(signal: AbortSignal): Promise<SandboxWorker> {
    const { promise, resolve, reject } = Promise.withResolvers<SandboxWorker>();
    const waiter: Waiter = { give: resolve, refuse: reject };
    const abort = () => {
      const place = this.waiting.indexOf(waiter);
      if (place === -1) return;
      this.waiting.splice(place, 1);
      reject(signal.reason as Error);
    };
    this.waiting.push(waiter);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  private release(worker: SandboxWorker): void {
    this.busy.delete(worker);
    if (this.closed) return;
    const next = worker.usable ? worker : new SandboxWorker();
    const waiter = this.waiting.shift();
    if (waiter === undefined) {
      this.idle.push(next);
    } else {
      this.busy.add(next);
      waiter.give(next);
    }
  }
}

function stopping(): AppError {
  return new AppError('UNAVAILABLE', 'This server is stopping');
}
