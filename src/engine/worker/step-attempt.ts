import { AppError } from '../../common/errors/app-error';
import type { JsonValue } from '../core/json';
import type { ComponentRunner, ComponentStepCall, ModelUsage, StepContext } from '../ports';

/** How long a component may take to stop once it is told to, before the attempt ends without it. */
const STOP_GRACE_MS = 2_000;

/** How an attempt ended, for the run's loop. */
export type AttemptResult =
  | { readonly kind: 'succeeded'; readonly output: JsonValue }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Where what an attempt tells while it runs goes. */
export type AttemptListener = Pick<StepContext, 'log' | 'preview'>;

/**
 * One attempt of a step that calls a component: bounded in time, and stoppable. It gives its result exactly once,
 * also when the component does not stop.
 */
export class StepAttempt {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private used: ModelUsage | null = null;

  /** @param timeoutMs after which the attempt fails with TIMEOUT */
  constructor(timeoutMs: number) {
    this.timer = setTimeout(() => {
      this.stop(new AppError('TIMEOUT', `The step did not end within its limit of ${timeoutMs / 1000} s`));
    }, timeoutMs);
  }

  /**
   * Calls the component. Never rejects.
   * @param call looks up what to call, until the signal fires; its failure is the attempt's
   */
  async run(
    runner: ComponentRunner,
    call: (signal: AbortSignal) => Promise<ComponentStepCall>,
    { log, preview }: AttemptListener,
  ): Promise<AttemptResult> {
    const { signal } = this.controller;
    const use = (usage: ModelUsage): void => {
      this.used = usage;
    };
    try {
      const work = call(signal).then((ready) => runner.run(ready, { signal, log, preview, use }));
      const output = await Promise.race([work, this.stoppedInVain()]);
      // A component that ends well although it was told to stop: it was too late.
      if (signal.aborted) return { kind: 'failed', error: signal.reason };
      return { kind: 'succeeded', output };
    } catch (error) {
      return { kind: 'failed', error: signal.aborted ? signal.reason : error };
    } finally {
      clearTimeout(this.timer);
    }
  }

  /** What it has used of a model; null for nothing. */
  get usage(): ModelUsage | null {
    return this.used;
  }

  /** Tells the component to stop; the attempt fails with `reason`. */
  stop(reason: AppError): void {
    this.controller.abort(reason);
  }

  /** Rejects when the component was told to stop and has not within the grace. */
  private stoppedInVain(): Promise<never> {
    const { signal } = this.controller;
    return new Promise((_resolve, reject) => {
      const giveUp = (): void => {
        setTimeout(() => {
          reject(signal.reason as AppError);
        }, STOP_GRACE_MS).unref();
      };
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}
