/** What one check of `mcp-backend doctor` found. */
export interface Finding {
  /** What was looked at. */
  readonly subject: string;
  /** `warning`: it works, and something should be done all the same. */
  readonly state: 'ok' | 'warning' | 'failed';
  /** How it is, in words. */
  readonly found: string;
  /** What to do about it; null when there is nothing to do. */
  readonly advice: string | null;
}

export function ok(subject: string, found: string): Finding {
  return { subject, state: 'ok', found, advice: null };
}

export function warning(subject: string, found: string, advice: string): Finding {
  return { subject, state: 'warning', found, advice };
}

export function failed(subject: string, found: string, advice: string): Finding {
  return { subject, state: 'failed', found, advice };
}
