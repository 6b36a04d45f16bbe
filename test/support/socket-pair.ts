import type { Socket } from 'node:net';

/** Ends two sockets together: a broken half breaks the other, as a cable would. While they are open they are in `open`. */
export function tieEnds(one: Socket, other: Socket, open: Set<Socket>): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    open.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
  }
}
