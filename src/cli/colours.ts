import type { WriteStream } from 'node:tty';

import pc from 'picocolors';

/** How texts are coloured. */
export type Colours = ReturnType<typeof pc.createColors>;

/** Colours where a terminal shows them and NO_COLOR does not forbid it; elsewhere texts stay as they are. */
export function coloursOf(stream: WriteStream): Colours {
  return pc.createColors(stream.isTTY && stream.hasColors());
}
