import type { LogLevel, LogStream, StepContext } from '../engine/ports';

/** What one call of a component may add to its run's log: each line is stored and streamed. */
export const MAX_LOG_LINES = 1000;
export const MAX_LOG_BYTES = 256 * 1024;
export const MAX_LOG_LINE_CHARS = 8 * 1024;

/** Passes a far side's lines on to the step's log until a limit is met, and says once that it was. */
export class BoundedLog {
  private lines = 0;
  private bytes = 0;
  private full = false;

  constructor(private readonly context: Pick<StepContext, 'log'>) {}

  /** A long line is shortened, and says by how much. */
  write(stream: LogStream, level: LogLevel, text: string): void {
    if (this.full) return;
    const excess = text.length - MAX_LOG_LINE_CHARS;
    const line =
      excess > 0 ? `${text.slice(0, MAX_LOG_LINE_CHARS)}… (${excess} more characters left out)` : text;
    this.lines += 1;
    this.bytes += Buffer.byteLength(line);
    this.full = this.lines > MAX_LOG_LINES || this.bytes > MAX_LOG_BYTES;
    if (this.full) {
      const most = `${MAX_LOG_LINES} lines or ${MAX_LOG_BYTES} bytes`;
      this.context.log('system', 'warn', `More than ${most} were written: the rest of this log is left out`);
    } else {
      this.context.log(stream, level, line);
    }
  }
}
