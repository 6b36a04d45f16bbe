import fc from 'fast-check';

import { DEFAULT_RETRY, MAX_LOST_ATTEMPTS, afterLostAttempt, nextRetry } from './retry-policy';
import type { RetryDecision, RetryPolicy } from './retry-policy';

const POLICY: RetryPolicy = {
  maxAttempts: 4,
  initialMs: 200,
  factor: 2,
  maxMs: 500,
  jitter: false,
  neverOn: ['INVALID_INPUT'],
};
const FAILURE = { code: 'TIMEOUT', retryable: true };
const half = (): number => 0.5;

describe('nextRetry', () => {
  it.each<[attempt: number, decision: RetryDecision]>([
    [1, { retry: true, delayMs: 200 }],
    [2, { retry: true, delayMs: 400 }],
    [3, { retry: true, delayMs: 500 }],
    [4, { retry: false }],
  ])('answers attempt %i of 4 with %j', (attempt, decision) => {
    expect(nextRetry(POLICY, attempt, FAILURE, half)).toEqual(decision);
  });

  it('draws the delay between nothing and its full length', () => {
    const policy = { ...POLICY, jitter: true };
    expect(nextRetry(policy, 2, FAILURE, half)).toEqual({ retry: true, delayMs: 200 });
    expect(nextRetry(policy, 2, FAILURE, () => 0)).toEqual({ retry: true, delayMs: 0 });
  });

  it('does not retry what cannot succeed, nor what the policy excludes', () => {
    expect(nextRetry(POLICY, 1, { code: 'TIMEOUT', retryable: false }, half)).toEqual({ retry: false });
    expect(nextRetry(POLICY, 1, { code: 'INVALID_INPUT', retryable: true }, half)).toEqual({ retry: false });
  });

  it.each([
    [1_000, 1_000],
    [100, 200],
    [10 ** 12, 86_400_000],
  ])(
    'does not come back before the %i ms that the far side asks for, but within a day',
    (retryAfterMs, delayMs) => {
      expect(nextRetry(POLICY, 1, { ...FAILURE, retryAfterMs }, half)).toEqual({ retry: true, delayMs });
    },
  );

  it('does not retry without a policy', () => {
    expect(nextRetry(DEFAULT_RETRY, 1, FAILURE, half)).toEqual({ retry: false });
  });

  it('never waits longer than the cap, however many attempts there were', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99 }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, factor, drawn) => {
          const policy = { ...POLICY, maxAttempts: 100, factor, jitter: true };
          const decision = nextRetry(policy, attempt, FAILURE, () => drawn);
          const delay = decision.retry ? decision.delayMs : -1;
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(policy.maxMs);
        },
      ),
    );
  });
});

describe('afterLostAttempt', () => {
  it('tries again at once until the crash loop is plain', () => {
    const decisions = [1, 2, 3, 4, 5, 6].map((lost) => afterLostAttempt(lost).retry);
    expect(decisions).toEqual([true, true, true, true, false, false]);
    expect(decisions.indexOf(false) + 1).toBe(MAX_LOST_ATTEMPTS);
  });
});
