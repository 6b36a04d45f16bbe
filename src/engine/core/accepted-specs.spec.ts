import fc from 'fast-check';

import { Drive, FACTS } from '../../../test/support/run-drive';
import { workflowSpecs } from '../../../test/support/spec-arbitrary';
import { closeRun } from './advance';
import { checkWorkflow } from './check-workflow';
import { WORKFLOW_ROOTS } from './compile-expressions';
import { compileWorkflow } from './compile-workflow';
import { compileExpression } from './expression';
import type { Decision } from './decision';
import { isJsonObject } from './json';
import type { JsonObject, JsonValue } from './json';
import { nestedOutcome, overdueOutcomes } from './nested-run';
import { isConstantTemplate } from './template-scanner';
import type { StepError } from './unit';
import type { WorkflowPlan } from './workflow-plan';

const PARAMS: JsonObject = { n: 2, list: [1, { id: 2 }, null] };

/** What may go wrong in a run: with values, in a component, by somebody's decision, in time. */
const CODES_OF_RUNS: readonly string[] = [
  'EXPRESSION_ERROR',
  'EXPRESSION_TOO_COSTLY',
  'INVALID_INPUT',
  'STEP_FAILED',
  'REJECTED',
  'TIMEOUT',
  'CANCELLED',
  'WORKER_LOST',
  'BAD',
];
/** What an expression must never say of a saved workflow: that a name, function or step that it is made of is not there. */
const STRUCTURAL =
  /" is not known|is not a function|is not a step|"(params|steps(\.\w+)?|run|item|index)" is missing/;

/** More than any of these runs has; one that takes more does not end. */
const MOST_TURNS = 2_000;

describe('a workflow that is saved', () => {
  it('is refused for something that is told with its place, or has nothing wrong with it', () => {
    fc.assert(
      fc.property(workflowSpecs(false), (spec) => {
        const { issues } = checkWorkflow(spec);
        if (issues.length === 0) expect(compileWorkflow(spec)).toMatchObject({ ok: true });
        for (const { path, message } of issues) {
          expect(path).not.toBe('');
          expect(message).not.toBe('');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('comes to an end in every run, and never fails for how it is made', () => {
    fc.assert(
      fc.property(
        fc.oneof(workflowSpecs(true), workflowSpecs(false)),
        fc.infiniteStream(fc.nat({ max: 99 })),
        (spec, draws) => {
          const compiled = compileWorkflow(spec);
          if (!compiled.ok || checkWorkflow(spec).issues.length > 0) return;
          const decisions = runThrough(compiled.value, () => Number(draws.next().value));
          expect(decisions.filter(({ type }) => type === 'end')).toHaveLength(1);
          expect(decisions.at(-1)?.type).toBe('end');
          for (const error of errorsOf(decisions)) {
            expect(CODES_OF_RUNS).toContain(error.code);
            expect(error.message).not.toMatch(STRUCTURAL);
          }
          expect(constantsThatFailed(spec, decisions)).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is accepted where nothing is wrong with it', () => {
    fc.assert(
      fc.property(workflowSpecs(true), (spec) => {
        expect(checkWorkflow(spec).issues).toEqual([]);
      }),
    );
  });
});

/** Does a run to its end: whatever happens to it, and however often another worker takes it over, is drawn. */
function runThrough(plan: WorkflowPlan, draw: () => number): Decision[] {
  const checkNested = () => (draw() < 10 ? [{ path: 'params.x', message: 'is missing' }] : []);
  let run = new Drive(plan, [], PARAMS, null, checkNested);
  const decisions: Decision[] = [];
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    for (const overdue of overdueOutcomes(run.state, run.now)) decisions.push(run.outcome(overdue));
    decisions.push(...run.advance());
    if (decisions.at(-1)?.type === 'end') return decisions;
    if (draw() < 5) run = run.takenOver();
    if (draw() < 1) closeRun(run.state, { status: 'cancelled', error: { code: 'CANCELLED', message: '' } });
    happen(run, draw, decisions);
  }
  throw new Error(`The run has not ended after ${MOST_TURNS} turns`);
}

/** Something comes of a unit that is under way; where none is, time passes or what is waited for is sent. */
function happen(run: Drive, draw: () => number, decisions: Decision[]): void {
  const running = run.state.runningUnits();
  const unit = running[draw() % Math.max(running.length, 1)];
  if (unit !== undefined) {
    const failure = { code: 'BAD', message: 'no', retryable: draw() < 70 };
    const drawn = draw();
    if (drawn < 60) decisions.push(run.succeed(unit, anOutput(draw)));
    else if (drawn < 80) decisions.push(run.outcome({ ...unit, kind: 'failed', failure }));
    else if (drawn < 90) decisions.push(run.outcome({ ...unit, kind: 'timed_out', failure }));
    else decisions.push(run.outcome({ ...unit, kind: 'lost' }));
    return;
  }
  const [nested] = run.state.nestedUnits();
  if (nested !== undefined && draw() < 70) {
    const status = (['succeeded', 'succeeded', 'failed', 'cancelled', 'timed_out'] as const)[draw() % 5];
    const error = status === 'succeeded' ? null : { code: 'BAD', message: 'no' };
    const end = { ...nested, runId: 'nested', status: status ?? 'failed', result: anOutput(draw), error };
    decisions.push(run.outcome(nestedOutcome(end)));
    return;
  }
  const next = run.state.nextWake(run.now);
  if (next !== null && draw() < 70) {
    run.now = next;
    return;
  }
  for (const [name, { builtin }] of run.plan.signals) {
    const payload =
      builtin === 'approval' ? { decision: draw() < 70 ? 'approve' : 'reject' } : anOutput(draw);
    run.state.deliver({ name, payload, sentAt: FACTS.createdAt, sentBy: 'key-1' });
  }
}

function anOutput(draw: () => number): JsonValue {
  const outputs: readonly JsonValue[] = [null, 7, 'text', { n: 1 }, [1, 2], {}];
  return outputs[draw() % outputs.length] ?? null;
}

/** What steps failed for that does not depend on anything: it could have been refused when the workflow was saved. */
function constantsThatFailed(spec: JsonObject, decisions: readonly Decision[]): string[] {
  const steps = [spec['steps'], spec['on_failure'] ?? []].flat() as JsonObject[];
  return decisions.flatMap((decision) => {
    if (decision.type !== 'fail') return [];
    const { message } = decision.error;
    const step = steps.find(({ id }) => id === decision.stepId) ?? {};
    const { items = null } = isJsonObject(step['for_each']) ? step['for_each'] : {};
    const isAboutConstant =
      (message.startsWith('when: ') && isConstant(step['when'] ?? null)) ||
      (message.startsWith('for_each.items: ') && isConstant(items)) ||
      (message.startsWith('inputs') && isConstantTemplate(step['inputs'] ?? {}));
    return isAboutConstant ? [message] : [];
  });
}

function isConstant(expression: JsonValue): boolean {
  if (typeof expression !== 'string') return false;
  const compiled = compileExpression(expression, WORKFLOW_ROOTS);
  return compiled.ok && compiled.value.isConstant;
}

function errorsOf(decisions: readonly Decision[]): StepError[] {
  return decisions.flatMap((decision) => ('error' in decision ? [decision.error] : []));
}
