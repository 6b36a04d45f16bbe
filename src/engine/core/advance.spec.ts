import fc from 'fast-check';

import { builtin, call, component, Drive, FACTS, NOW, planOf } from '../../../test/support/run-drive';
import { closeRun } from './advance';
import type { JsonObject } from './json';
import { MAX_LOST_ATTEMPTS } from './retry-policy';
import type { AttemptRecord } from './run-records';

describe('advance', () => {
  it('starts steps as their needs succeed, with inputs computed from them', () => {
    const run = new Drive(
      planOf([
        call('a', { inputs: { n: '${{ params.n + 1 }}', run: '${{ run.id }}' } }),
        call('b', { inputs: { rows: '${{ steps.a.output.rows }}' } }),
      ]),
    );
    expect(run.advance()).toEqual([
      { type: 'start', stepId: 'a', attempt: 1, inputs: { n: 3, run: 'run-1' } },
    ]);
    expect(run.advance()).toEqual([]);
    expect(run.succeed('a', { rows: [1] })).toEqual({
      type: 'succeed',
      stepId: 'a',
      attempt: 1,
      output: { rows: [1] },
    });
    expect(run.advance()).toEqual([{ type: 'start', stepId: 'b', attempt: 1, inputs: { rows: [1] } }]);
    run.succeed('b', 'done');
    expect(run.advance()).toEqual([{ type: 'end', status: 'succeeded', result: { b: 'done' } }]);
  });

  it('starts no more steps at once than max_parallel_steps', () => {
    const run = new Drive(
      planOf([call('a'), call('b'), call('c'), builtin('d', 'set', 1)], { max_parallel_steps: 2 }),
    );
    expect(run.words()).toEqual(['start a', 'start b', 'succeed d']);
    run.succeed('b');
    expect(run.words()).toEqual(['start c']);
  });

  it('does builtins at once, each in a walk of its own, and gives the result of its template', () => {
    const run = new Drive(
      planOf(
        [builtin('a', 'set', { x: '${{ params.n }}' }), builtin('b', 'set', '${{ steps.a.output.x * 2 }}')],
        {
          result: { doubled: '${{ steps.b.output }}' },
        },
      ),
    );
    expect(run.advance()).toEqual([
      { type: 'succeed', stepId: 'a', attempt: 1, inputs: { x: 2 }, output: { x: 2 } },
    ]);
    expect(run.advance()).toEqual([
      { type: 'succeed', stepId: 'b', attempt: 1, inputs: 4, output: 4 },
      { type: 'end', status: 'succeeded', result: { doubled: 4 } },
    ]);
  });

  it('holds a wait until its time', () => {
    const run = new Drive(planOf([builtin('a', 'wait', { seconds: 1.5 }), call('b', { needs: ['a'] })]));
    expect(run.advance()).toEqual([
      { type: 'wait', stepId: 'a', attempt: 1, inputs: { seconds: 1.5 }, wakeAt: NOW + 1500 },
    ]);
    expect(run.state.nextWake(run.now)).toBe(NOW + 1500);
    expect(run.state.runningCount).toBe(0);
    run.now += 1499;
    expect(run.advance()).toEqual([]);
    run.now += 1;
    expect(run.advance()).toEqual([
      { type: 'succeed', stepId: 'a', attempt: 1, output: { until: '2026-01-31T09:30:01.500Z' } },
      { type: 'start', stepId: 'b', attempt: 1, inputs: {} },
    ]);
  });

  it('skips a step whose when is false, and what needs it, but not under all_done', () => {
    const run = new Drive(
      planOf([
        call('a', { when: 'params.n > 5' }),
        call('b', { needs: ['a'] }),
        call('c', { needs: ['b'], needs_policy: 'all_done' }),
      ]),
    );
    expect(run.advance()).toEqual([
      { type: 'skip', stepId: 'a', reason: 'its "when" is false' },
      { type: 'skip', stepId: 'b', reason: 'needs "a" to succeed, but it was skipped' },
      { type: 'start', stepId: 'c', attempt: 1, inputs: {} },
    ]);
    run.succeed('c', 1);
    expect(run.advance()).toEqual([{ type: 'end', status: 'succeeded', result: { c: 1 } }]);
  });

  it('sees status and error of a step that failed', () => {
    const run = new Drive(
      planOf([
        call('a', { on_error: 'continue' }),
        builtin('b', 'set', '${{ [steps.a.status, steps.a.error.code, steps.a.output] }}', {
          needs_policy: 'all_done',
        }),
      ]),
    );
    run.advance();
    run.fail('a', 'TOOL_ERROR', false);
    expect(run.advance().at(-1)).toEqual({
      type: 'end',
      status: 'succeeded',
      result: { b: ['failed', 'TOOL_ERROR', null] },
    });
  });

  it.each<[what: string, step: JsonObject, error: JsonObject]>([
    [
      'inputs',
      call('a', { inputs: { x: ['${{ params.nope }}'] } }),
      {
        code: 'EXPRESSION_ERROR',
        message: 'inputs.x[0]: "params.nope" is missing; ".?" and orValue() give a default',
      },
    ],
    [
      'when',
      call('a', { when: 'params.nope' }),
      {
        code: 'EXPRESSION_ERROR',
        message: 'when: "params.nope" is missing; ".?" and orValue() give a default',
      },
    ],
    [
      'a when that is no condition',
      call('a', { when: 'params.n' }),
      { code: 'EXPRESSION_ERROR', message: 'when: must give true or false, not number' },
    ],
    [
      'a wait',
      builtin('a', 'wait', { seconds: '${{ params.n - 9 }}' }),
      {
        code: 'INVALID_INPUT',
        message: 'inputs.seconds must be a number from 0 to 3155760000 (a hundred years)',
      },
    ],
    [
      'fail',
      builtin('a', 'fail', { message: 'n is ${{ params.n }}' }),
      { code: 'STEP_FAILED', message: 'n is 2' },
    ],
  ])('fails the step and the run for %s', (_what, step, error) => {
    const run = new Drive(planOf([step, call('b', { needs: ['a'] })]));
    const decisions = run.advance();
    expect(decisions[0]).toMatchObject({ type: 'fail', stepId: 'a', attempt: 1, status: 'failed', error });
    expect(decisions.slice(1)).toEqual([
      { type: 'skip', stepId: 'b', reason: 'the run has failed' },
      { type: 'end', status: 'failed', error: { ...error, step_id: 'a' } },
    ]);
  });

  it('lets running steps end after the first failure, starts nothing more, and fails with that failure', () => {
    const run = new Drive(
      planOf([
        call('a'),
        call('b'),
        call('c', { retry: { max_attempts: 5 } }),
        call('d', { needs: ['b'] }),
        builtin('w', 'wait', { seconds: 60 }),
      ]),
    );
    run.advance();
    run.fail('c');
    run.fail('a');
    expect(run.words()).toEqual(['cancel c', 'cancel w', 'skip d']);
    expect(run.fail('b', 'OTHER')).toMatchObject({ type: 'fail' });
    expect(run.advance()).toEqual([
      { type: 'end', status: 'failed', error: { code: 'TOOL_ERROR', message: 'no', step_id: 'a' } },
    ]);
  });

  it('fails the run when its result cannot be computed', () => {
    const run = new Drive(planOf([builtin('a', 'set', {})], { result: { x: '${{ steps.a.output.nope }}' } }));
    expect(run.advance().at(-1)).toEqual({
      type: 'end',
      status: 'failed',
      error: {
        code: 'EXPRESSION_ERROR',
        message: 'result.x: "steps.a.output.nope" is missing; ".?" and orValue() give a default',
      },
    });
  });

  it.each(['cancelled', 'timed_out'] as const)(
    'ends a run that is %s once the running steps have stopped',
    (status) => {
      const run = new Drive(
        planOf([call('a'), call('b', { needs: ['a'] }), builtin('w', 'wait', { seconds: 60 })]),
      );
      run.advance();
      const error = { code: 'CANCELLED', message: 'asked to' };
      closeRun(run.state, { status, error });
      expect(run.words()).toEqual(['cancel w', 'cancel b']);
      expect(run.outcome({ stepId: 'a', kind: 'cancelled' })).toMatchObject({
        type: 'cancel',
        stepId: 'a',
        attempt: 1,
      });
      expect(run.advance()).toEqual([{ type: 'end', status, error }]);
    },
  );

  it('works for a step called __proto__', () => {
    const run = new Drive(
      planOf([builtin('__proto__', 'set', 7), builtin('b', 'set', '${{ steps["__proto__"].output }}')]),
    );
    run.advance();
    expect(run.advance().at(-1)).toEqual({ type: 'end', status: 'succeeded', result: { b: 7 } });
  });

  it('advances a chain of 500 steps one by one', () => {
    const steps = Array.from({ length: 500 }, (_, at) =>
      call(`s${at}`, at === 0 ? {} : { inputs: { x: `\${{ steps.s${at - 1}.output.n + 1 }}` } }),
    );
    const run = new Drive(planOf(steps));
    for (let at = 0; at < 500; at++) {
      expect(run.advance()).toHaveLength(1);
      run.succeed(`s${at}`, { n: at });
    }
    expect(run.words()).toEqual(['end succeeded']);
  });
});

describe('applyOutcome', () => {
  const retrying = { retry: { max_attempts: 3, initial_ms: 100, jitter: false } };

  it('tries a failed step again when its time has come, and fails it after its last attempt', () => {
    const run = new Drive(planOf([call('a', retrying)]));
    run.advance();
    expect(run.fail('a')).toEqual({
      type: 'retry',
      stepId: 'a',
      attempt: 1,
      wakeAt: NOW + 100,
      error: { code: 'TOOL_ERROR', message: 'no' },
    });
    expect(run.words()).toEqual([]);
    run.now = run.state.nextWake(run.now) ?? 0;
    expect(run.advance()).toEqual([{ type: 'start', stepId: 'a', attempt: 2, inputs: {} }]);
    expect(run.fail('a')).toMatchObject({ type: 'retry', wakeAt: NOW + 300 });
    run.now += 200;
    run.advance();
    expect(run.fail('a')).toMatchObject({ type: 'fail', attempt: 3, status: 'failed' });
    expect(run.words()).toEqual(['end failed']);
  });

  it('ends a step as timed_out where its last attempt was', () => {
    const run = new Drive(planOf([call('a', { on_error: 'continue' }), call('b', { needs: ['a'] })]));
    run.advance();
    const failure = { code: 'TIMEOUT', message: 'slow', retryable: true };
    expect(run.outcome({ stepId: 'a', kind: 'timed_out', failure })).toMatchObject({
      type: 'fail',
      status: 'timed_out',
    });
    expect(run.words()).toEqual(['skip b', 'end succeeded']);
  });

  it('tries a lost attempt again at once, outside of the policy, until it is a crash loop', () => {
    const run = new Drive(planOf([call('a')]));
    for (let attempt = 1; attempt < MAX_LOST_ATTEMPTS; attempt++) {
      expect(run.advance()).toEqual([{ type: 'start', stepId: 'a', attempt, inputs: {} }]);
      expect(run.outcome({ stepId: 'a', kind: 'lost' })).toMatchObject({
        type: 'retry',
        attempt,
        wakeAt: NOW,
      });
    }
    run.advance();
    expect(run.outcome({ stepId: 'a', kind: 'lost' })).toMatchObject({
      type: 'fail',
      attempt: MAX_LOST_ATTEMPTS,
      error: { code: 'WORKER_LOST' },
    });
  });

  it('does not count a lost attempt among those of the policy', () => {
    const run = new Drive(planOf([call('a', { retry: { max_attempts: 2, initial_ms: 0 } })]));
    run.advance();
    run.outcome({ stepId: 'a', kind: 'lost' });
    run.advance();
    expect(run.fail('a')).toMatchObject({ type: 'retry', attempt: 2 });
    run.advance();
    expect(run.fail('a')).toMatchObject({ type: 'fail', attempt: 3 });
  });

  it('refuses an outcome that comes twice', () => {
    const run = new Drive(planOf([call('a')]));
    run.advance();
    run.succeed('a');
    expect(() => run.succeed('a')).toThrow('The step "a" is succeeded, not running');
  });
});

describe('RunState.restore', () => {
  const record = (stepId: string, attempt: number, more: Partial<AttemptRecord>): AttemptRecord => ({
    stepId,
    attempt,
    status: 'succeeded',
    output: null,
    outputBytes: 0,
    error: null,
    wakeAt: null,
    endedAt: null,
    ...more,
  });
  const lost = { code: 'WORKER_LOST', message: 'x' };

  it('goes on from the last recorded attempts', () => {
    const run = new Drive(
      planOf([
        call('a'),
        call('b'),
        builtin('w', 'wait', { seconds: 9 }),
        call('c', { inputs: '${{ steps.a.output }}' }),
      ]),
      [
        record('a', 1, { output: 5 }),
        record('b', 1, { status: 'retrying', error: lost }),
        record('b', 2, { status: 'running' }),
        record('w', 1, { status: 'waiting', wakeAt: NOW + 5 }),
      ],
    );
    expect(run.state.runningUnits()).toEqual([{ stepId: 'b' }]);
    expect(run.state.step('b').lostAttempts).toBe(1);
    expect(run.outcome({ stepId: 'b', kind: 'lost' })).toMatchObject({ type: 'retry', attempt: 2 });
    expect(run.state.step('b').lostAttempts).toBe(2);
    expect(run.advance()).toEqual([
      { type: 'start', stepId: 'b', attempt: 3, inputs: {} },
      { type: 'start', stepId: 'c', attempt: 1, inputs: 5 },
    ]);
    expect(run.state.nextWake(run.now)).toBe(NOW + 5);
  });

  it('ends a run with the failure that was the first in time, not in the order of its steps', () => {
    const failed = (code: string, endedAt: number): Partial<AttemptRecord> => ({
      status: 'failed',
      error: { code, message: 'no' },
      endedAt,
    });
    const run = new Drive(planOf([call('a'), call('b'), call('c', { on_error: 'continue' })]), [
      record('a', 1, failed('LATER', NOW + 2)),
      record('b', 1, failed('FIRST', NOW + 1)),
      record('c', 1, failed('EARLIEST', NOW)),
    ]);
    expect(run.advance()).toMatchObject([{ type: 'end', error: { code: 'FIRST', step_id: 'b' } }]);
  });

  it('goes on ending a run whose step has failed it', () => {
    const run = new Drive(planOf([call('a'), call('b'), call('c')]), [
      record('a', 1, { status: 'failed', error: { code: 'TOOL_ERROR', message: 'no' } }),
      record('b', 1, { status: 'running' }),
    ]);
    expect(run.words()).toEqual(['skip c']);
    run.outcome({ stepId: 'b', kind: 'lost' });
    expect(run.advance()).toEqual([
      { type: 'end', status: 'failed', error: { code: 'TOOL_ERROR', message: 'no', step_id: 'a' } },
    ]);
  });
});

describe('any run', () => {
  /** What a step does, with what it must have beside: each kind of unit that there is. */
  const kinds = fc.constantFrom<JsonObject>(
    { uses: component },
    { uses: component },
    { uses: component, for_each: { items: '[1, 2, 3]', max_parallel: 2, on_item_error: 'skip' } },
    { uses: component, for_each: { items: 'params.?rows.orValue([7, 8])' } },
    { uses: { builtin: 'set' } },
    { uses: { builtin: 'wait' }, inputs: { seconds: 5 } },
    { uses: { builtin: 'approval' }, timeout_seconds: 60 },
    { uses: { builtin: 'signal' } },
  );
  const listOf = (prefix: string): fc.Arbitrary<JsonObject[]> =>
    fc
      .array(
        fc.record({
          needs: fc.array(fc.nat({ max: 7 }), { maxLength: 3 }),
          policy: fc.constantFrom('all_succeeded', 'all_done', 'any_succeeded'),
          when: fc.constantFrom(undefined, 'true', 'false', 'params.nope'),
          onError: fc.constantFrom('fail', 'continue'),
          kind: kinds,
          attempts: fc.integer({ min: 1, max: 3 }),
        }),
        { minLength: 1, maxLength: 8 },
      )
      .map((steps) =>
        steps.map(({ needs, policy, when, onError, kind, attempts }, at): JsonObject => ({
          id: `${prefix}${at}`,
          ...kind,
          needs: needs.filter((need) => need < at).map((need) => `${prefix}${need}`),
          needs_policy: policy,
          on_error: onError,
          retry: { max_attempts: attempts, initial_ms: 10 },
          ...(when !== undefined && { when }),
        })),
      );

  it('ends, once, with every step ended, whatever its steps do and however often it is taken over', () => {
    fc.assert(
      fc.property(
        listOf('s'),
        fc.option(listOf('f'), { nil: [] }),
        fc.infiniteStream(fc.nat({ max: 10 })),
        fc.integer({ min: 1, max: 3 }),
        (steps, onFailure, draws, parallel) => {
          const plan = planOf(steps, { on_failure: onFailure, max_parallel_steps: parallel });
          let run = new Drive(plan);
          let ends: string[] = [];
          for (let turn = 0; turn < 1000; turn++) {
            ends = run.words().filter((word) => word.startsWith('end'));
            if (ends.length > 0) break;
            expect(run.state.runningCount).toBeLessThanOrEqual(parallel);
            const drawn = Number(draws.next().value);
            if (drawn === 10) run = run.takenOver();
            const [running] = run.state.runningUnits();
            if (running === undefined) goOn(run, drawn);
            else if (drawn < 5) run.succeed(running, drawn);
            else if (drawn < 8) run.fail(running, 'X', drawn < 7);
            else run.outcome({ ...running, kind: 'lost' });
          }
          expect(ends).toHaveLength(1);
          expect(run.state.openIds.size).toBe(0);
        },
      ),
    );
  });

  /** Where nothing runs, time passes, or somebody sends what is waited for. */
  function goOn(run: Drive, drawn: number): void {
    const next = run.state.nextWake(run.now);
    if (next !== null && drawn < 8) {
      run.now = next;
      return;
    }
    for (const [name, { builtin: kind }] of run.plan.signals) {
      const payload = kind === 'approval' ? { decision: drawn < 5 ? 'approve' : 'reject' } : drawn;
      run.state.deliver({ name, payload, sentAt: FACTS.createdAt, sentBy: 'key-1' });
    }
  }
});
