import { builtin, call, Drive, NOW, planOf } from '../../../test/support/run-drive';
import { closeRun } from './advance';
import type { Issue } from './issue';
import type { JsonObject, JsonValue } from './json';
import { type NestedEnd, nestedInputIssues, nestedOutcome, overdueOutcomes } from './nested-run';

const WORKFLOW = { workflow_definition_id: '0197c7a0-0000-7000-8000-000000000002' };
const nested = (id: string, more: JsonObject = {}): JsonObject => ({ id, uses: WORKFLOW, ...more });
const end = (more: Partial<NestedEnd> = {}): NestedEnd => ({
  stepId: 'sub',
  attempt: 1,
  runId: 'run-2',
  status: 'succeeded',
  result: { ok: true },
  error: null,
  ...more,
});
const broken = end({ status: 'failed', result: null, error: { code: 'TOOL_ERROR', message: 'no' } });

describe('a step that calls a workflow', () => {
  it('waits with the parameters, and goes on with the result', () => {
    const run = new Drive(
      planOf([nested('sub', { inputs: { n: '${{ params.n }}' } }), call('b', { needs: ['sub'] })]),
    );
    expect(run.advance()).toEqual([
      { type: 'call', stepId: 'sub', attempt: 1, inputs: { n: 2 }, wakeAt: null },
    ]);
    expect(run.advance()).toEqual([]);
    expect([run.state.awaitsNews, run.state.runningCount]).toEqual([true, 0]);
    expect(run.outcome(nestedOutcome(end()))).toMatchObject({ type: 'succeed', output: { ok: true } });
    expect(run.words()).toEqual(['start b']);
    expect(run.state.nestedUnits()).toEqual([]);
  });

  it('goes on waiting on another worker', () => {
    const run = new Drive(planOf([nested('sub')]));
    run.advance();
    const next = run.takenOver();
    expect(next.advance()).toEqual([]);
    expect(next.state.nestedUnits()).toEqual([{ stepId: 'sub', attempt: 1, wakeAt: null }]);
    next.outcome(nestedOutcome(end()));
    expect(next.advance()).toEqual([{ type: 'end', status: 'succeeded', result: { sub: { ok: true } } }]);
  });

  it.each([
    ['failed', end({ ...broken }), { status: 'failed', code: 'TOOL_ERROR' }],
    ['timed_out', end({ ...broken, status: 'timed_out' }), { status: 'timed_out', code: 'TOOL_ERROR' }],
    ['cancelled', end({ ...broken, status: 'cancelled' }), { status: 'failed', code: 'TOOL_ERROR' }],
  ] as const)('fails as the nested run has ended: %s', (_case, ended, { status, code }) => {
    const run = new Drive(planOf([nested('sub')]));
    run.advance();
    expect(run.outcome(nestedOutcome(ended))).toMatchObject({
      type: 'fail',
      attempt: 1,
      status,
      error: { code, details: { run_id: 'run-2' } },
    });
    expect(run.words()).toEqual(['end failed']);
  });

  it('tries again with another nested run, but not after one that was cancelled', () => {
    const run = new Drive(
      planOf([nested('sub', { retry: { max_attempts: 3, initial_ms: 100, jitter: false } })]),
    );
    run.advance();
    expect(run.outcome(nestedOutcome(broken))).toMatchObject({ type: 'retry', wakeAt: NOW + 100 });
    run.now += 100;
    expect(run.advance()).toMatchObject([{ type: 'call', attempt: 2 }]);
    const cancelled = nestedOutcome(end({ ...broken, attempt: 2, status: 'cancelled' }));
    expect(run.outcome(cancelled)).toMatchObject({ type: 'fail', attempt: 2 });
  });

  it('does not wait longer than its time limit', () => {
    const run = new Drive(planOf([nested('sub', { timeout_seconds: 60 })]));
    expect(run.advance()).toMatchObject([{ type: 'call', wakeAt: NOW + 60_000 }]);
    expect(overdueOutcomes(run.state, NOW + 59_999)).toEqual([]);
    run.now += 60_000;
    const [overdue] = overdueOutcomes(run.state, run.now);
    expect(overdue && run.outcome(overdue)).toMatchObject({ type: 'fail', status: 'timed_out', attempt: 1 });
  });

  it.each([
    ['parameters that the workflow refuses', { n: 'no' }, 'inputs.n: must be integer'],
    ['a list', '${{ [1] }}', 'inputs: must be an object: the parameters of the workflow'],
  ])('fails before it begins for %s, whatever its retries', (_case, inputs, message) => {
    const refusing = planOf([call('a')], { parameters_schema: { properties: { n: { type: 'integer' } } } });
    const check = (_step: string, params: JsonValue): Issue[] => refusing.checkParameters(params, 'inputs');
    const plan = planOf([nested('sub', { inputs, retry: { max_attempts: 5 } })]);
    const run = new Drive(plan, [], {}, null, check);
    expect(run.advance()[0]).toMatchObject({
      type: 'fail',
      attempt: 1,
      error: { code: 'INVALID_INPUT', message: expect.stringContaining(message) as string },
    });
  });

  it('calls one a item, as many at a time as it may, and keeps their order', () => {
    const each = { items: '[1, 2, 3]', max_parallel: 2 };
    const run = new Drive(planOf([nested('sub', { for_each: each, inputs: { n: '${{ item }}' } })]));
    expect(run.words()).toEqual(['open sub', 'call sub[0]', 'call sub[1]']);
    run.outcome(nestedOutcome(end({ item: 1, result: 'b' })));
    expect(run.words()).toEqual(['call sub[2]']);
    run.outcome(nestedOutcome(end({ item: 2, result: 'c' })));
    run.outcome(nestedOutcome(end({ item: 0, result: 'a' })));
    expect(run.advance().at(-1)).toMatchObject({ type: 'end', result: { sub: ['a', 'b', 'c'] } });
  });

  it('is cancelled when the run ends', () => {
    const run = new Drive(planOf([nested('sub'), builtin('other', 'wait', { seconds: 9 })]));
    run.advance();
    closeRun(run.state, { status: 'cancelled', error: { code: 'CANCELLED', message: 'x' } });
    expect(run.words()).toEqual(['cancel sub', 'cancel other', 'end cancelled']);
  });

  it.each<[inputs: JsonValue, isRefused: boolean]>([
    [{}, false],
    [{ n: '${{ params.n }}' }, false],
    ['${{ params }}', false],
    [[1], true],
    [null, true],
    ['params', true],
    ['$${{ params }}', true],
    ['all of ${{ params }}', true],
  ])('is refused when it is saved where its inputs are certainly no object: %j %s', (inputs, isRefused) => {
    const message = 'must be an object: the parameters of the workflow';
    expect(nestedInputIssues(inputs, 'inputs')).toEqual(isRefused ? [{ path: 'inputs', message }] : []);
  });
});
