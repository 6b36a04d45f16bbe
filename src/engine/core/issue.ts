/** One fault in a document, told to its author: where it is and what would be right. */
export interface Issue {
  /** Where, as a path of the document: `steps[2].inputs.url`. Empty for the document itself. */
  readonly path: string;
  /** What is wrong and what is allowed, as one sentence without the path. */
  readonly message: string;
}

/** Issues in one line: where and what, of the first `most` of them, and how many more there are. */
export function issuesText(issues: readonly Issue[], most = issues.length): string {
  const told = issues
    .slice(0, most)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = issues.length - told.length;
  return told.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
