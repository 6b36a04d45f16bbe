import type { SecretRedactor } from '../../security/secret-redactor';

/** Of a secret that is spelled over several lines, how many characters may be seen before its lines are held back. */
const SEEN = 4;

/** Characters that are looked at together: secrets that are longer than this are found within one line only. */
const MAX_TAIL = 4_096;

interface HeldLine<Line> {
  readonly line: Line;
  readonly text: string;
}

/**
 * Takes secrets out of a log, also one that is printed a piece at a time: lines that together may be the beginning of
 * one wait until the next line, or the end, shows what they are. So an honest line is late only where it ends as a
 * secret begins.
 *
 * @typeParam Line - what a line has beside its text
 */
export class LineRedactor<Line> {
  /** The end of what was written, its lines one behind the other. */
  private written = '';
  private held: HeldLine<Line>[] = [];

  constructor(
    private readonly redactor: SecretRedactor,
    private readonly tell: (line: Line, text: string) => void,
  ) {}

  write(line: Line, said: string): void {
    if (this.redactor.isEmpty) {
      this.tell(line, said);
      return;
    }
    const text = this.redactor.text(said);
    const before = this.written + this.held.map((held) => held.text).join('');
    const joined = before + text;
    const redacted = this.redactor.text(joined);
    if (redacted !== joined) {
      this.held = [];
      this.pass({ line, text: redacted.slice(commonStart(before, redacted)) });
    } else if (this.redactor.openLength(joined) >= SEEN && this.held.length < MAX_TAIL) {
      this.held.push({ line, text });
    } else {
      this.end();
      this.pass({ line, text });
    }
  }

  /** Writes what waits: nothing comes behind it. */
  end(): void {
    for (const held of this.held.splice(0)) this.pass(held);
  }

  private pass({ line, text }: HeldLine<Line>): void {
    this.tell(line, text);
    this.written = (this.written + text).slice(-MAX_TAIL);
  }
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
