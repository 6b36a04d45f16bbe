/** The line by which an error that nobody caught begins, in Node: `TypeError: …`, `Error [ERR_X]: …`. */
const ERROR = /^(?:Uncaught )?\w*Error\b.*:/;

/** The line by which Node ends its report of such an error. */
const END_OF_REPORT = /^Node\.js v\d/;

/**
 * What of a process' standard error says why it ended: mostly the last line. Node's last line is its version, so there
 * it is the line that names the error.
 */
export class LastWords {
  private last: string | null = null;
  private error: string | null = null;

  hear(line: string): void {
    const words = line.trim();
    if (words === '') return;
    if (ERROR.test(words)) this.error = words;
    this.last = END_OF_REPORT.test(words) && this.error !== null ? this.error : words;
  }

  /** Null for a process that said nothing. */
  get text(): string | null {
    return this.last;
  }
}
