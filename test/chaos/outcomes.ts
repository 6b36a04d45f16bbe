import { isDeepStrictEqual } from 'node:util';

import type { ModelStep, ModelWorkflow } from './model';
import {
  type Expected,
  type ExpectedStep,
  type ExpectedSteps,
  failsList,
  shownResult,
  simulate,
} from './simulate';

/** A run as the tables have it. */
export interface RecordedRun {
  readonly id: string;
  readonly status: string;
  readonly result: unknown;
  readonly error: unknown;
  readonly isNested: boolean;
  readonly steps: readonly RecordedStep[];
}

/** How a step ended. */
export interface RecordedStep {
  readonly id: string;
  readonly status: string;
  readonly output: unknown;
  readonly errorCode: string | null;
}

/** What comes of a step whose attempts were lost too often, or in a run that tries nothing again any more. */
const LOST = 'WORKER_LOST';

/** How a run differs from what the simulator says of its workflow; empty where it does not. */
export function surprisesOf(run: RecordedRun, workflow: ModelWorkflow): string[] {
  const expected = simulate(workflow);
  // The one that called it may have ended, and cancelled it.
  const mayBeCut = run.isNested;
  const isCut = mayBeCut && run.status === 'cancelled';
  const found: string[] = [];
  if (run.status !== expected.status && !isCut) {
    found.push(`is ${run.status}, not ${expected.status}: ${JSON.stringify(run.error)}`);
  }
  if (run.status === 'succeeded' && !isDeepStrictEqual(run.result, shownResult(expected))) {
    found.push(`gives ${JSON.stringify(run.result)}, not ${JSON.stringify(shownResult(expected))}`);
  }
  const isWhole = run.status === 'succeeded';
  found.push(...stepSurprises(run, workflow.steps, expected.steps, isWhole));
  found.push(...onFailureSurprises(run, workflow, expected, mayBeCut));
  return found.map((what) => `${run.id} of ${workflow.name} ${what}`);
}

function onFailureSurprises(
  run: RecordedRun,
  { onFailure }: ModelWorkflow,
  expected: Expected,
  mayBeCut: boolean,
): string[] {
  if (run.status === 'failed' && expected.onFailure !== null) {
    const isWhole = !mayBeCut && !failsList(onFailure, expected.onFailure);
    return stepSurprises(run, onFailure, expected.onFailure, isWhole);
  }
  const begun = run.steps.filter(({ id }) => onFailure.some((step) => step.id === id));
  return begun.map(({ id, status }) => `has ${status} on_failure step ${id}, and has not failed`);
}

/** @param isWhole whether nothing has ended the steps before their time */
function stepSurprises(
  run: RecordedRun,
  list: readonly ModelStep[],
  expected: ExpectedSteps,
  isWhole: boolean,
): string[] {
  return list.flatMap((step) => {
    const wanted = expected[step.id];
    const got = run.steps.find(({ id }) => id === step.id);
    if (wanted === undefined) return [];
    if (got === undefined) return isWhole ? [`has no step ${step.id}`] : [];
    if (got.status !== wanted.status) {
      const isAllowed = !isWhole && mayBeCutTo(step, got);
      return isAllowed ? [] : [`has ${got.status} step ${step.id}, not ${wanted.status}: ${got.errorCode}`];
    }
    return outputSurprise(step, got, wanted);
  });
}

/** How a step may end that its run has no more use for. */
function mayBeCutTo(step: ModelStep, { status, errorCode }: RecordedStep): boolean {
  if (status === 'skipped' || status === 'cancelled') return true;
  if (status !== 'failed') return false;
  const wouldTryAgain = step.kind === 'call' && step.failures > 0;
  return wouldTryAgain || errorCode === LOST;
}

function outputSurprise(step: ModelStep, got: RecordedStep, wanted: ExpectedStep): string[] {
  if (got.status !== 'succeeded' || isDeepStrictEqual(shownOf(step, got.output), wanted.shown)) return [];
  return [`has step ${step.id} with ${JSON.stringify(got.output)}, not ${JSON.stringify(wanted.shown)}`];
}

/** What of an output the simulator foretells. */
function shownOf(step: ModelStep, output: unknown): unknown {
  switch (step.kind) {
    case 'wait':
      return null;
    case 'call':
      return valueOf(output);
    case 'each':
      return Array.isArray(output) ? output.map((one) => (one === null ? null : valueOf(one))) : output;
    case 'sum':
    case 'nested':
      return output;
  }
}

/** Of an answer of the ledger. */
function valueOf(answer: unknown): unknown {
  return (answer as { readonly body?: { readonly value?: unknown } } | null)?.body?.value;
}
