import { clearLine, cursorTo } from 'node:readline';
import type { WriteStream } from 'node:tty';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

/**
 * Lines that stay, and below them, on a terminal, one that tells what goes on at the moment. Elsewhere (a file, a CI's
 * log) there are only the lines.
 */
export class ProgressDisplay {
  private frame = 0;
  private readonly timer: NodeJS.Timeout | null;

  /** @param status what the moving line says, in colourless text; none is shown where it is empty */
  constructor(
    private readonly stream: WriteStream,
    private readonly status: () => string,
  ) {
    this.timer = stream.isTTY
      ? setInterval(() => {
          this.draw();
        }, FRAME_MS)
      : null;
  }

  /** Writes a line that stays. */
  print(line: string): void {
    this.erase();
    this.stream.write(`${line}\n`);
    this.draw();
  }

  /** Takes the status line away; nothing may be written after that. */
  close(): void {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.erase();
  }

  private draw(): void {
    if (this.timer === null) return;
    this.erase();
    const status = this.status();
    if (status === '') return;
    this.frame = (this.frame + 1) % FRAMES.length;
    // A line that wrapped could not be taken away again.
    this.stream.write(`${FRAMES[this.frame] ?? ''} ${status}`.slice(0, this.stream.columns - 1));
  }

  private erase(): void {
    if (this.timer === null) return;
    cursorTo(this.stream, 0);
    clearLine(this.stream, 0);
  }
}
