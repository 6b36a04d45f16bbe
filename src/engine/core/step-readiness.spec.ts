import type { StepStatus } from './states';
import { stepReadiness } from './step-readiness';

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
