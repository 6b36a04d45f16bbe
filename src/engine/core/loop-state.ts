import type { JsonValue } from './json';
import { jsonBytes, outputSizeFault } from './output-size';
import { isTerminalStepStatus } from './states';
import { PENDING } from './unit';
import type { StepError, UnitState } from './unit';
import type { OnItemError } from './workflow-spec';

/** Why no more items of a loop begin, and as what its step ends. */
export interface LoopFailure {
  readonly status: 'failed' | 'timed_out';
  readonly error: StepError;
}

/**
 * How far a `for_each` step is. Items begin in their order:
 *
 *     ended and open ones, mixed  |  nextItem …  not begun
 *
 * so that only the open ones need a state of their own, and an outcome costs the same among ten items as among
 * ten thousand.
 */
export class LoopState {
  /** The states of the items that have begun and have not ended. */
  private readonly open = new Map<number, UnitState>();
  /** What the items gave, in their order; null for what has not succeeded. */
  readonly outputs: JsonValue[];
  private begun = 0;
  private cancelled = false;
  /** Of the list of outputs as JSON, as far as it is known: brackets, commas, and a null for each item to come. */
  private bytes: number;
  private kept: number;
  /** The lowest item that has failed, where that fails the step. */
  private failed: { readonly item: number; readonly failure: LoopFailure } | null = null;

  constructor(
    readonly items: readonly JsonValue[],
    private readonly onItemError: OnItemError,
  ) {
    this.outputs = Array.from(items, () => null);
    this.bytes = jsonBytes(this.outputs);
    this.kept = this.bytes;
  }

  /** The first item that has not begun; null when all have. */
  get nextItem(): number | null {
    return this.begun < this.items.length ? this.begun : null;
  }

  /** Whether every item has ended by itself. */
  get isComplete(): boolean {
    return this.nextItem === null && this.open.size === 0 && !this.cancelled;
  }

  /** How many bytes of JSON {@link outputs} takes. */
  get outputBytes(): number {
    return this.kept;
  }

  /** The items that have begun and have not ended. */
  get openItems(): ReadonlyMap<number, UnitState> {
    return this.open;
  }

  /**
   * Why no more items begin, or null. Of several failed items it tells of the lowest, not of the first in time: that
   * is what can still be known after another worker took over.
   */
  get failure(): LoopFailure | null {
    if (this.failed !== null) return this.failed.failure;
    const fault = outputSizeFault(this.bytes);
    return fault === null ? null : { status: 'failed', error: fault };
  }

  /** @throws Error for an item that has ended: its state is not kept */
  item(index: number): UnitState {
    const state = this.open.get(index);
    if (state !== undefined) return state;
    if (index >= this.begun && index < this.items.length) return PENDING;
    throw new Error(`There is no open item ${index}`);
  }

  /** Takes in how far an item is now. */
  put(index: number, next: UnitState): void {
    this.begun = Math.max(this.begun, index + 1);
    if (!isTerminalStepStatus(next.status)) {
      this.open.set(index, next);
      return;
    }
    this.open.delete(index);
    if (next.status === 'cancelled') this.cancelled = true;
    if (next.status === 'succeeded') this.takeOutput(index, next);
    else this.takeFailure(index, next);
  }

  private takeOutput(index: number, { output, outputBytes }: UnitState): void {
    this.bytes += outputBytes - 'null'.length;
    // One that makes the list too large is let go: the list will never be given.
    if (outputSizeFault(this.bytes) !== null) return;
    this.outputs[index] = output;
    this.kept = this.bytes;
  }

  private takeFailure(item: number, { status, error }: UnitState): void {
    if (this.onItemError === 'skip' || error === null) return;
    if (status !== 'failed' && status !== 'timed_out') return;
    if (this.failed !== null && this.failed.item < item) return;
    const { details, ...rest } = error;
    const withItem = { ...rest, details: { item, ...(details !== undefined && { details }) } };
    this.failed = { item, failure: { status, error: withItem } };
  }
}
