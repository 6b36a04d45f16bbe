import type { Selection } from './registry';

/** Whether a toolset's rules let a name in: one of `allow` matches, or there is none, and none of `deny` does. */
export function admits({ allow, deny }: Pick<Selection, 'allow' | 'deny'>, name: string): boolean {
  const isAllowed = allow.length === 0 || allow.some((pattern) => matchesPattern(pattern, name));
  return isAllowed && !deny.some((pattern) => matchesPattern(pattern, name));
}

/** Whether a whole name is what a pattern says; `*` stands for any number of any characters. Never backtracks. */
export function matchesPattern(pattern: string, name: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return name === pattern;
  if (!name.startsWith(start)) return false;
  const end = rest.pop() ?? '';
  let at = start.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - end.length >= at && name.endsWith(end);
}
