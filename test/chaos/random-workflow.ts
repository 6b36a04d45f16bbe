import type { Dice } from './dice';
import { ALWAYS, type ModelAction, type ModelStep, type ModelWorkflow } from './model';

/** Longer than what a worker waits through itself: the run is let go of and claimed again. */
const LONG_WAIT_MS = 2_500;

/**
 * A workflow drawn by the dice: branches, joins, retries, waits, lists, others nested in it.
 * @param depth levels of workflows below it, at most
 */
export function randomWorkflow(dice: Dice, name: string, depth: number): ModelWorkflow {
  const steps: ModelStep[] = [];
  const count = dice.between(2, depth > 2 ? 6 : 4);
  for (let place = 0; place < count; place += 1) steps.push(randomStep(dice, name, depth, steps, place));
  return { name, steps };
}

function randomStep(
  dice: Dice,
  workflow: string,
  depth: number,
  earlier: readonly ModelStep[],
  place: number,
): ModelStep {
  const id = `s${place}`;
  const needs = earlier.filter(() => dice.chance(0.4)).map((step) => step.id);
  const policy = dice.pick<ModelStep['policy']>([
    'all_succeeded',
    'all_succeeded',
    'all_done',
    'any_succeeded',
  ]);
  const action = randomAction(dice, `${workflow}_${place}`, depth, earlier, needs, policy);
  return { id, needs, policy, when: dice.chance(0.9), continues: dice.chance(0.7), ...action };
}

function randomAction(
  dice: Dice,
  name: string,
  depth: number,
  earlier: readonly ModelStep[],
  needs: readonly string[],
  policy: ModelStep['policy'],
): ModelAction {
  const value = dice.between(1, 1000);
  switch (dice.pick(['sum', 'call', 'call', 'wait', 'each', 'nested', 'nested'])) {
    case 'sum': {
      const numbers = earlier.filter(({ id, kind }) => kind === 'sum' && needs.includes(id));
      // Only where all have succeeded is there surely a number.
      return { kind: 'sum', value, adds: policy === 'all_succeeded' ? numbers.map(({ id }) => id) : [] };
    }
    case 'wait':
      return { kind: 'wait', ms: dice.chance(0.2) ? LONG_WAIT_MS : dice.between(1, 400) };
    case 'each': {
      const items = Array.from({ length: dice.between(0, 8) }, () => dice.between(1, 99));
      const failing = dice.chance(0.25) && items.length > 0 ? dice.between(0, items.length - 1) : null;
      return { kind: 'each', items, failing, skips: dice.chance(0.5) };
    }
    case 'nested':
      if (depth > 0) {
        const workflow = randomWorkflow(dice, name, depth - 1);
        return { kind: 'nested', workflow, attempts: dice.between(1, 2) };
      }
      break;
    case 'call':
      break;
  }
  // Never just too few attempts: one that is lost with its worker counts at the ledger, and not among the attempts.
  if (dice.chance(0.15)) return { kind: 'call', value, failures: ALWAYS, attempts: dice.between(1, 2) };
  const failures = dice.chance(0.3) ? dice.between(1, 2) : 0;
  return { kind: 'call', value, failures, attempts: failures + 1 };
}
