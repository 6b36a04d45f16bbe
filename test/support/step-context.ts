import type { StepContext } from '../../src/engine/ports';

/** A step's context as the engine gives it, for calling a component without the engine: what it tells is dropped. */
export function stepContext(told: Partial<StepContext> = {}): StepContext {
  return {
    signal: new AbortController().signal,
    log: () => undefined,
    preview: () => undefined,
    use: () => undefined,
    ...told,
  };
}
