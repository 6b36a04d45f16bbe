import { STEP_STATUSES } from './states';
import type { StepStatus } from './states';
import { stepReadiness } from './step-readiness';
import type { NeedsPolicy } from './workflow-spec';

/** One letter a status. */
const STATUSES: Record<string, StepStatus> = {
  p: 'pending',
  r: 'running',
  w: 'waiting',
  y: 'retrying',
  S: 'succeeded',
  F: 'failed',
  K: 'skipped',
  C: 'cancelled',
  T: 'timed_out',
};

describe('stepReadiness', () => {
  it.each([
    // needs  all_succeeded  all_done  any_succeeded
    ['', 'ready', 'ready', 'ready'],
    ['p', 'wait', 'wait', 'wait'],
    ['r', 'wait', 'wait', 'wait'],
    ['w', 'wait', 'wait', 'wait'],
    ['y', 'wait', 'wait', 'wait'],
    ['S', 'ready', 'ready', 'ready'],
    ['F', 'skip', 'ready', 'skip'],
    ['K', 'skip', 'ready', 'skip'],
    ['C', 'skip', 'ready', 'skip'],
    ['T', 'skip', 'ready', 'skip'],
    ['SS', 'ready', 'ready', 'ready'],
    ['Sr', 'wait', 'wait', 'ready'],
    ['SF', 'skip', 'ready', 'ready'],
    ['SK', 'skip', 'ready', 'ready'],
    ['Fr', 'skip', 'wait', 'wait'],
    ['rF', 'skip', 'wait', 'wait'],
    ['Kp', 'skip', 'wait', 'wait'],
    ['FK', 'skip', 'ready', 'skip'],
    ['SFr', 'skip', 'wait', 'ready'],
    ['KTC', 'skip', 'ready', 'skip'],
  ])(
    '"%s": all_succeeded %s, all_done %s, any_succeeded %s',
    (letters, allSucceeded, allDone, anySucceeded) => {
      const needs = Array.from(letters, (letter, at) => ({
        id: `n${at}`,
        status: STATUSES[letter] ?? 'pending',
      }));
      expect(stepReadiness('all_succeeded', needs).kind).toBe(allSucceeded);
      expect(stepReadiness('all_done', needs).kind).toBe(allDone);
      expect(stepReadiness('any_succeeded', needs).kind).toBe(anySucceeded);
    },
  );

  it.each<[policy: NeedsPolicy, rows: string[]]>([
    [
      'all_succeeded',
      [
        //         p r w y S F K C T
        'pending   . . . . . s s s s',
        'running   . . . . . s s s s',
        'waiting   . . . . . s s s s',
        'retrying  . . . . . s s s s',
        'succeeded . . . . R s s s s',
        'failed    s s s s s s s s s',
        'skipped   s s s s s s s s s',
        'cancelled s s s s s s s s s',
        'timed_out s s s s s s s s s',
      ],
    ],
    [
      'all_done',
      [
        'pending   . . . . . . . . .',
        'running   . . . . . . . . .',
        'waiting   . . . . . . . . .',
        'retrying  . . . . . . . . .',
        'succeeded . . . . R R R R R',
        'failed    . . . . R R R R R',
        'skipped   . . . . R R R R R',
        'cancelled . . . . R R R R R',
        'timed_out . . . . R R R R R',
      ],
    ],
    [
      'any_succeeded',
      [
        'pending   . . . . R . . . .',
        'running   . . . . R . . . .',
        'waiting   . . . . R . . . .',
        'retrying  . . . . R . . . .',
        'succeeded R R R R R R R R R',
        'failed    . . . . R s s s s',
        'skipped   . . . . R s s s s',
        'cancelled . . . . R s s s s',
        'timed_out . . . . R s s s s',
      ],
    ],
  ])('under %s, of any two needs: R ready, s skipped, . waits', (policy, rows) => {
    const letters = { ready: 'R', skip: 's', wait: '.' };
    const decided = STEP_STATUSES.map((first) => {
      const row = STEP_STATUSES.map((second) => {
        const needs = [first, second].map((status, at) => ({ id: `n${at}`, status }));
        return letters[stepReadiness(policy, needs).kind];
      });
      return `${first.padEnd(10)}${row.join(' ')}`;
    });
    expect(decided).toEqual(rows);
  });

  it.each<[status: StepStatus, reason: string]>([
    ['failed', 'needs "a" to succeed, but it failed'],
    ['skipped', 'needs "a" to succeed, but it was skipped'],
    ['cancelled', 'needs "a" to succeed, but it was cancelled'],
    ['timed_out', 'needs "a" to succeed, but it timed out'],
  ])('says why a step is skipped after one that is %s', (status, reason) => {
    expect(stepReadiness('all_succeeded', [{ id: 'a', status }])).toEqual({ kind: 'skip', reason });
    expect(stepReadiness('any_succeeded', [{ id: 'a', status }])).toEqual({
      kind: 'skip',
      reason: 'none of its needs succeeded',
    });
  });
});
