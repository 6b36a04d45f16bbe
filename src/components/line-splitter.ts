/** Cuts a byte stream into lines without ever holding more than one line and its limit. */
export class LineSplitter {
  private chunks: Buffer[] = [];
  private size = 0;
  private skipping = false;

  /**
   * @param onLine gets each line without its end
   * @param onTooLong called once for a line over `maxBytes`; the line is dropped up to its end
   */
  constructor(
    private readonly maxBytes: number,
    private readonly onLine: (line: string) => void,
    private readonly onTooLong: () => void,
  ) {}

  push(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      this.add(rest.subarray(0, end));
      this.finish();
      rest = rest.subarray(end + 1);
    }
    this.add(rest);
  }

  /** The stream is over: what came without a line's end is a line too. */
  end(): void {
    if (this.size > 0) this.finish();
  }

  private add(part: Buffer): void {
    if (this.skipping || part.length === 0) return;
    this.size += part.length;
    if (this.size > this.maxBytes) {
      this.chunks = [];
      this.skipping = true;
      this.onTooLong();
    } else {
      this.chunks.push(part);
    }
  }

  private finish(): void {
    const line = this.skipping ? null : Buffer.concat(this.chunks).toString('utf8').replace(/\r$/, '');
    this.chunks = [];
    this.size = 0;
    this.skipping = false;
    if (line !== null) this.onLine(line);
  }
}
