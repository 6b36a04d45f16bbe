import type { Colours } from '../colours';
import type { Finding } from './finding';

const MARKS: Readonly<Record<Finding['state'], { mark: string; paint: 'green' | 'yellow' | 'red' }>> = {
  ok: { mark: '✔', paint: 'green' },
  warning: { mark: '!', paint: 'yellow' },
  failed: { mark: '✖', paint: 'red' },
};

/** The findings for a person: a line each, what to do below it, and how it is all in all. */
export function reportOf(findings: readonly Finding[], colours: Colours): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const lines = findings.flatMap(({ subject, state, found, advice }) => {
    const { mark, paint } = MARKS[state];
    const line = `${colours[paint](mark)} ${subject.padEnd(width)}  ${found}`;
    return advice === null ? [line] : [line, `  ${' '.repeat(width)}  ${colours.dim(`→ ${advice}`)}`];
  });
  return `${lines.join('\n')}\n\n${summaryOf(findings)}`;
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (state: Finding['state']): number =>
    findings.filter((finding) => finding.state === state).length;
  const [failures, warnings] = [count('failed'), count('warning')];
  if (failures > 0) return `${failures} of ${findings.length} checks failed.`;
  if (warnings > 0) return `It can run; ${warnings} of ${findings.length} checks have something to say.`;
  return 'All is well.';
}
