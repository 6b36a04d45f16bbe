/** Milliseconds. Far above what any of it takes on a slow machine, far below what it would take without its bound. */
const HANGS_MS = 30_000;

/**
 * Does work that an input must not be able to draw out, and fails when it was. That is no judgement of its speed, which
 * the benchmarks tell: the input is such that without a bound it takes minutes, or for ever. Processor time is looked at,
 * which does not run while other processes do.
 */
export function expectBounded<Value>(work: () => Value): Value {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(HANGS_MS);
  return value;
}
