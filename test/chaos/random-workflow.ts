import type { Dice } from './dice';
import { ALWAYS, type ModelAction, type ModelStep, type ModelWorkflow } from './model';

/** Longer than what a worker waits through itself: the run is let go of and claimed again. */
const LONG_WAIT_MS = 2_500;

/** Levels of workflows below an `on_failure` step. */
const ON_FAILURE_DEPTH = 1;

/** The list of steps that is being drawn. */
interface Draft {
  /** Begins the ids of its steps, and the names of the workflows that they call. */
  readonly prefix: string;
  readonly workflow: string;
  /** Levels of workflows below it, at most. */
  readonly depth: number;
  readonly steps: ModelStep[];
}

/**
 * A workflow drawn by the dice: branches, joins, retries, waits, lists, others nested in it, and steps for its failure.
 * @param depth levels of workflows below it, at most
 * @param isDeep whether it has all of them
 */
export function randomWorkflow(dice: Dice, name: string, depth: number, isDeep = false): ModelWorkflow {
  const main: Draft = { prefix: 's', workflow: name, depth, steps: [] };
  const count = dice.between(2, depth > 2 ? 6 : 4);
  while (main.steps.length < count) {
    const isLast = main.steps.length === count - 1;
    main.steps.push(randomStep(dice, main, isDeep && isLast && depth > 0));
  }
  const onFailure: Draft = { ...main, prefix: 'f', depth: Math.min(depth, ON_FAILURE_DEPTH), steps: [] };
  const handlers = dice.chance(0.5) ? dice.between(1, 3) : 0;
  while (onFailure.steps.length < handlers) onFailure.steps.push(randomStep(dice, onFailure));
  return { name, steps: main.steps, onFailure: onFailure.steps };
}

/** @param goesDeep whether it must call another workflow that goes on so */
function randomStep(dice: Dice, draft: Draft, goesDeep = false): ModelStep {
  const id = `${draft.prefix}${draft.steps.length}`;
  const needs = draft.steps.filter(() => dice.chance(0.4)).map((step) => step.id);
  const policy = dice.pick<ModelStep['policy']>([
    'all_succeeded',
    'all_succeeded',
    'all_done',
    'any_succeeded',
  ]);
  if (goesDeep) {
    const common = { id, needs, policy: 'all_done', when: true, continues: dice.chance(0.7) } as const;
    return { ...common, ...nested(dice, draft, id, true) };
  }
  const action = randomAction(dice, draft, id, needs, policy);
  return { id, needs, policy, when: dice.chance(0.9), continues: dice.chance(0.7), ...action };
}

function randomAction(
  dice: Dice,
  draft: Draft,
  id: string,
  needs: readonly string[],
  policy: ModelStep['policy'],
): ModelAction {
  switch (dice.pick<ModelAction['kind']>(['sum', 'call', 'call', 'wait', 'each', 'nested', 'nested'])) {
    case 'sum': {
      const numbers = draft.steps.filter((step) => step.kind === 'sum' && needs.includes(step.id));
      // Only where all have succeeded is there surely a number.
      const adds = policy === 'all_succeeded' ? numbers.map((step) => step.id) : [];
      return { kind: 'sum', value: someValue(dice), adds };
    }
    case 'wait':
      return { kind: 'wait', ms: dice.chance(0.2) ? LONG_WAIT_MS : dice.between(1, 400) };
    case 'each': {
      const items = Array.from({ length: dice.between(0, 8) }, () => dice.between(1, 99));
      const failing = dice.chance(0.25) && items.length > 0 ? dice.between(0, items.length - 1) : null;
      return { kind: 'each', items, failing, skips: dice.chance(0.5) };
    }
    case 'nested':
      return draft.depth > 0 ? nested(dice, draft, id, false) : call(dice);
    case 'call':
      return call(dice);
  }
}

function call(dice: Dice): ModelAction {
  const value = someValue(dice);
  // Never just too few attempts: one that is lost with its worker counts at the ledger, and not among the attempts.
  if (dice.chance(0.15)) return { kind: 'call', value, failures: ALWAYS, attempts: dice.between(1, 2) };
  const failures = dice.chance(0.3) ? dice.between(1, 2) : 0;
  return { kind: 'call', value, failures, attempts: failures + 1 };
}

function nested(dice: Dice, { workflow, depth }: Draft, id: string, isDeep: boolean): ModelAction {
  const called = randomWorkflow(dice, `${workflow}_${id}`, depth - 1, isDeep);
  return { kind: 'nested', workflow: called, attempts: dice.between(1, 2) };
}

function someValue(dice: Dice): number {
  return dice.between(1, 1000);
}
