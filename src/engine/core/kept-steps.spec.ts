import fc from 'fast-check';

import { call, Drive, planOf } from '../../../test/support/run-drive';
import { keptSteps } from './kept-steps';
import { STEP_STATUSES } from './states';
import type { StepStatus } from './states';

describe('keptSteps', () => {
  const plan = planOf([
    call('orders'),
    call('stock'),
    call('optional', { on_error: 'continue' }),
    call('enrich', { inputs: '${{ steps.orders.output }}' }),
    call('post', { needs: ['enrich', 'optional'], needs_policy: 'all_done' }),
  ]);
  const all = (status: StepStatus): Map<string, StepStatus> =>
    new Map(plan.steps.map(({ id }) => [id, status]));

  it.each<[from: string, statuses: Map<string, StepStatus>, kept: string[]]>([
    ['orders', all('succeeded'), ['stock', 'optional']],
    ['enrich', all('succeeded'), ['orders', 'stock', 'optional']],
    ['post', all('succeeded'), ['orders', 'stock', 'optional', 'enrich']],
    ['post', new Map([...all('succeeded'), ['stock', 'failed']]), ['orders', 'optional', 'enrich']],
    [
      'post',
      new Map([...all('succeeded'), ['optional', 'timed_out']]),
      ['orders', 'stock', 'optional', 'enrich'],
    ],
    ['post', new Map([...all('succeeded'), ['optional', 'skipped']]), ['orders', 'stock', 'enrich']],
    ['post', all('cancelled'), []],
    ['post', new Map(), []],
  ])('from %s with %j keeps %j', (from, statuses, kept) => {
    expect(keptSteps(plan, from, statuses)).toEqual(kept);
  });

  it('takes a step over by how it ended, and by whether its failure fails the run', () => {
    const pair = planOf([call('fails'), call('continues', { on_error: 'continue' }), call('again')]);
    const rows = STEP_STATUSES.map((status) => {
      const statuses = new Map(pair.steps.map(({ id }) => [id, status]));
      return [status, ...keptSteps(pair, 'again', statuses)];
    });
    expect(rows).toEqual([
      ['pending'],
      ['running'],
      ['waiting'],
      ['retrying'],
      ['succeeded', 'fails', 'continues'],
      ['failed', 'continues'],
      ['skipped'],
      ['cancelled'],
      ['timed_out', 'continues'],
    ]);
  });

  it('keeps what a run can go on from: it ends, and begins nothing that was kept', () => {
    const edges = fc.array(fc.array(fc.nat({ max: 7 }), { maxLength: 3 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(edges, fc.nat(), fc.infiniteStream(fc.boolean()), (needs, draw, draws) => {
        const steps = needs.map((list, at) =>
          call(`s${at}`, { needs: list.filter((need) => need < at).map((need) => `s${need}`) }),
        );
        const anyPlan = planOf(steps);
        const statuses = new Map(
          steps.map((_step, at): [string, StepStatus] => [
            `s${at}`,
            draws.next().value === true ? 'succeeded' : 'failed',
          ]),
        );
        const kept = keptSteps(anyPlan, `s${draw % steps.length}`, statuses);
        const run = new Drive(
          anyPlan,
          kept.map((stepId) => ({
            stepId,
            attempt: 0,
            status: 'succeeded' as const,
            output: null,
            outputBytes: 0,
            error: null,
            wakeAt: null,
            endedAt: null,
          })),
        );
        const words: string[] = [];
        for (let turn = 0; turn < 20; turn++) {
          words.push(...run.words());
          for (const unit of run.state.runningUnits()) run.succeed(unit);
          if (words.at(-1) === 'end succeeded') break;
        }
        expect(words.at(-1)).toBe('end succeeded');
        expect(words.filter((word) => word.startsWith('start'))).toHaveLength(steps.length - kept.length);
        for (const id of kept) expect(words).not.toContain(`start ${id}`);
      }),
    );
  });
});
