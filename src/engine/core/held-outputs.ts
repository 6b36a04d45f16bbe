import { MAX_OUTPUT_BYTES } from './output-size';
import type { StepError } from './unit';

/**
 * All that the steps of one run may give together, bytes of JSON. Its worker holds that in memory until the run ends or
 * waits for long, because any expression may refer to any of it: as JavaScript values, one and a half to two times as
 * much (rows, numbers), and at worst 21 times (empty objects). With far more, one run could end its worker by lack of
 * memory, then the next that takes it over, and so on, each with all the runs that it drives.
 */
export const MAX_RUN_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What the steps of `on_failure` may give beside that: also a run that failed because it is full can tell of it. */
export const MAX_FAILURE_OUTPUT_BYTES = MAX_OUTPUT_BYTES;

/** The lists that a workflow's steps stand in. */
export type StepList = 'steps' | 'on_failure';

const BOUNDS: Readonly<Record<StepList, number>> = {
  steps: MAX_RUN_OUTPUT_BYTES,
  on_failure: MAX_FAILURE_OUTPUT_BYTES,
};
const HOLDERS: Readonly<Record<StepList, string>> = {
  steps: 'the run holds',
  on_failure: 'its on_failure steps hold',
};

/** How many bytes of outputs a run holds. More than it may where it was recorded before there was a bound. */
export class HeldOutputs {
  private readonly bytes: Record<StepList, number> = { steps: 0, on_failure: 0 };

  /** @param change negative for what is let go */
  add(list: StepList, change: number): void {
    this.bytes[list] += change;
  }

  /** Why there is no room for another output of so many bytes; null where there is. */
  fault(list: StepList, bytes: number): StepError | null {
    const held = this.bytes[list];
    const bound = BOUNDS[list];
    if (held + bytes <= bound) return null;
    return {
      code: 'OUTPUT_TOO_LARGE',
      message: `The output has ${bytes} bytes of JSON; ${HOLDERS[list]} ${held} in outputs, of ${bound} that are allowed`,
    };
  }
}
