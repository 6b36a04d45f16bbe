import type { EntitySource } from '../common/entities/entity-source';
import { isUuid } from '../common/wire/is-uuid';

/** A step of a run, as its id as an entity names it. */
export interface StepIdentity {
  readonly runId: string;
  readonly stepId: string;
}

/** Neither in UUIDs nor in the ids of steps. */
const SEPARATOR = ':';
const STEP_ID = /^[A-Za-z_]\w{0,63}$/;

/** A step's id as an entity: steps are named within their run only. */
export function formatStepIdentity(runId: string, stepId: string): string {
  return runId + SEPARATOR + stepId;
}

/** Null when `text` is no such id. */
export function readStepIdentity(text: string): StepIdentity | null {
  const [runId = '', stepId = '', ...rest] = text.split(SEPARATOR);
  if (!isUuid(runId) || !STEP_ID.test(stepId) || rest.length > 0) return null;
  return { runId: runId.toLowerCase(), stepId };
}

/** For the source of steps. */
export const STEP_IDENTITY: Pick<EntitySource, 'idForm' | 'readId'> = {
  idForm: 'a run id, a colon and a step id, as in 0198c5b2-7d51-7c3e-8f00-3b1f6f0f9a55:fetch_orders',
  readId: (text) => {
    const identity = readStepIdentity(text);
    return identity === null ? null : formatStepIdentity(identity.runId, identity.stepId);
  },
};
