/** One fault in a document, told to its author: where it is and what would be right. */
export interface Issue {
  /** Where, as a path of the document: `steps[2].inputs.url`. Empty for the document itself. */
  readonly path: string;
  /** What is wrong and what is allowed, as one sentence without the path. */
  readonly message: string;
}
