import type { Clock } from '../../common/clock';
import type { ComponentRunner, EngineObserver } from '../ports';
import type { CheckpointWriter } from '../store/checkpoint-writer';
import type { PlanStore } from '../store/plan-store';

/** What a run's execution needs of its worker. */
export interface ExecutionTools {
  readonly writer: CheckpointWriter;
  readonly plans: PlanStore;
  readonly components: ComponentRunner;
  readonly clock: Clock;
  readonly observer: EngineObserver;
  /** Shows what a step has made so far to whoever follows its run. */
  readonly showPreview: (payload: string) => void;
}
