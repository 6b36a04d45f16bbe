import type { ModelStep, ModelWorkflow } from './model';

/** What must come of a run. */
export interface Expected {
  readonly status: 'succeeded' | 'failed';
  /** How each step ends where nothing else fails the run; with the outputs of those that succeed. */
  readonly steps: ExpectedSteps;
  /** How each `on_failure` step ends where no other of them fails; null where the run succeeds and none is done. */
  readonly onFailure: ExpectedSteps | null;
}

export type ExpectedSteps = Readonly<Record<string, ExpectedStep>>;

export interface ExpectedStep {
  readonly status: 'succeeded' | 'failed' | 'skipped';
  /** What the workflow's result shows of it; null where there is nothing to show. */
  readonly shown: unknown;
}

/**
 * Says what a run must give, from the documentation alone: written without a look at the engine, walks the steps in the
 * order in which they were drawn, and knows nothing of time. Where a step fails the run, which of the others have run by
 * then is chance.
 */
export function simulate({ steps, onFailure }: ModelWorkflow): Expected {
  const expected = endsOf(steps);
  if (!failsList(steps, expected)) return { status: 'succeeded', steps: expected, onFailure: null };
  return { status: 'failed', steps: expected, onFailure: endsOf(onFailure) };
}

/** Whether some step's failure ends the list that it is in before the others must have run. */
export function failsList(list: readonly ModelStep[], expected: ExpectedSteps): boolean {
  return list.some(({ id, continues }) => !continues && expected[id]?.status === 'failed');
}

const SKIPPED: ExpectedStep = { status: 'skipped', shown: null };
const FAILED: ExpectedStep = { status: 'failed', shown: null };

function endsOf(list: readonly ModelStep[]): ExpectedSteps {
  const ends: Record<string, ExpectedStep> = {};
  for (const step of list) ends[step.id] = isReached(step, ends) ? act(step, ends) : SKIPPED;
  return ends;
}

function isReached(step: ModelStep, before: ExpectedSteps): boolean {
  const succeeded = step.needs.filter((need) => before[need]?.status === 'succeeded').length;
  if (step.policy === 'all_succeeded' && succeeded < step.needs.length) return false;
  if (step.policy === 'any_succeeded' && step.needs.length > 0 && succeeded === 0) return false;
  return step.when;
}

function act(step: ModelStep, before: ExpectedSteps): ExpectedStep {
  switch (step.kind) {
    case 'sum':
      return succeeded(step.adds.reduce((total, id) => total + Number(before[id]?.shown), step.value));
    case 'wait':
      return succeeded(null);
    case 'call':
      return step.attempts > step.failures ? succeeded(step.value) : FAILED;
    case 'each':
      if (step.failing !== null && !step.skips) return FAILED;
      return succeeded(step.items.map((item, place) => (place === step.failing ? null : item)));
    case 'nested': {
      const inner = simulate(step.workflow);
      return inner.status === 'failed' ? FAILED : succeeded(shownResult(inner));
    }
  }
}

function succeeded(shown: unknown): ExpectedStep {
  return { status: 'succeeded', shown };
}

/** The result of a run that succeeds: of each step its status, and what it gave. */
export function shownResult({ steps }: Expected): unknown {
  return Object.fromEntries(Object.entries(steps).map(([id, { status, shown }]) => [id, [status, shown]]));
}
