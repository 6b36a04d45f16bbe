import type { Unit } from '../core/unit';
import type { LogLevel, LogStream } from '../ports';
import type { Turn } from './turn';

/** Lines wait this long for others, so that a chatty step does not cost a commit a line. */
const FLUSH_MS = 100;

/** A line that a step, or an item of it, wrote. */
export interface LoggedLine {
  readonly unit: Unit;
  readonly stream: LogStream;
  readonly level: LogLevel;
  readonly message: string;
  readonly at: Date;
}

/** The lines of a run's steps that wait to be recorded. */
export class LogBuffer {
  private lines: LoggedLine[] = [];

  /** @param onFirst called when there is something to wait for */
  constructor(private readonly onFirst: () => void) {}

  add(line: LoggedLine): void {
    this.lines.push(line);
    if (this.lines.length === 1) this.onFirst();
  }

  /** Records everything in a turn. */
  takeInto(turn: Turn): void {
    for (const { unit, stream, level, message, at } of this.lines) turn.log(unit, stream, level, message, at);
    this.lines = [];
  }

  /** When it must be recorded, epoch milliseconds; Infinity while there is nothing. */
  get flushTime(): number {
    const [oldest] = this.lines;
    return oldest === undefined ? Infinity : oldest.at.getTime() + FLUSH_MS;
  }
}
