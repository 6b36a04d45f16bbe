import type { Response } from 'express';

/**
 * Says that the answer has been given although its body goes on: an event stream lives for hours, and its length is
 * no latency.
 */
export function markAnswered(response: Response): void {
  response.locals['answeredAt'] = performance.now();
}

/** When the answer was given, by `performance.now()`; undefined for those that end when they are given. */
export function answeredAt(response: Response): number | undefined {
  return response.locals['answeredAt'] as number | undefined;
}
