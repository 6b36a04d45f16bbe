/**
 * Whether a parsed JSON value holds lists or objects nested deeper than `limit`. It goes no deeper than that itself, so some
 * thousands are what the stack has room for.
 */
export function exceedsDepth(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return members.some((member) => exceedsDepth(member, limit - 1));
}
