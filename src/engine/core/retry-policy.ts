/** How a failed step is tried again. */
export interface RetryPolicy {
  /** In all, the first included. */
  readonly maxAttempts: number;
  /** The delay after the first failure. */
  readonly initialMs: number;
  /** How much longer each further delay is. */
  readonly factor: number;
  /** The longest delay. */
  readonly maxMs: number;
  /** Whether a delay is drawn at random. */
  readonly jitter: boolean;
  /** Error codes after which nothing is tried again. */
  readonly neverOn: readonly string[];
}

/** Of a step without `retry`: one attempt. The other values are the defaults of the members that it may have. */
export const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 1,
  initialMs: 200,
  factor: 2,
  maxMs: 10_000,
  jitter: true,
  neverOn: [],
};

/** What the decision needs to know of a failure. */
export interface RetriedFailure {
  readonly code: string;
  readonly retryable: boolean;
  /** How long the far side wants to be left alone: no delay is shorter, whatever the policy says. */
  readonly retryAfterMs?: number;
}

/** A far side that asks for more is not waited for longer: a day, as long as a step may take. */
const MAX_RETRY_AFTER_MS = 86_400_000;

/** Whether to try again, and after how long. */
export type RetryDecision = { readonly retry: true; readonly delayMs: number } | { readonly retry: false };

/**
 * Whether the step is tried again after its attempt failed.
 *
 * The delay grows exponentially to its cap and is drawn between 0 and that ("full jitter"), which of the ways
 * compared in https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ makes many clients of
 * a struggling service do the least work.
 *
 * @param attempt the number of the attempt that failed, from 1, not counting lost ones
 * @param random gives a number from 0 up to 1, as Math.random does
 */
export function nextRetry(
  policy: RetryPolicy,
  attempt: number,
  failure: RetriedFailure,
  random: () => number,
): RetryDecision {
  if (!failure.retryable || policy.neverOn.includes(failure.code)) return { retry: false };
  if (attempt >= policy.maxAttempts) return { retry: false };
  const longest = Math.min(policy.maxMs, policy.initialMs * policy.factor ** (attempt - 1));
  const delay = policy.jitter ? longest * random() : longest;
  const least = Math.min(failure.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
  return { retry: true, delayMs: Math.round(Math.max(delay, least)) };
}

/**
 * Attempts of one step whose worker died before the step is taken for the cause. A rolling update loses one
 * or two; a step that brings its worker down loses every one.
 */
export const MAX_LOST_ATTEMPTS = 5;

/**
 * Whether a step whose attempt was lost with its worker is tried again: at once, and whatever its policy
 * says, because the step did not fail; until so many were lost that it must be the step's doing.
 *
 * @param lostSoFar lost attempts of the step, this one included
 */
export function afterLostAttempt(lostSoFar: number): RetryDecision {
  return lostSoFar < MAX_LOST_ATTEMPTS ? { retry: true, delayMs: 0 } : { retry: false };
}
