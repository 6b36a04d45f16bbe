import type { Issue } from '../../engine/core/issue';

/** Issues in one line: where and what, of the first `most` of them, and how many more there are. */
export function issuesText(issues: readonly Issue[], most = issues.length): string {
  const told = issues
    .slice(0, most)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = issues.length - told.length;
  return told.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
