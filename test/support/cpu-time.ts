/**
 * Milliseconds of processor time that this process has used: for tests of work that must be bounded. Unlike the clock
 * it does not run while other processes do.
 */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
