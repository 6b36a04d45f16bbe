import { eventually } from './eventually';

const POLL_MS = 100;

/** How often in a row a count must be the same: a process that was held up finds it so once, and has work to do. */
const TIMES = 4;

/** A count that changes no more. */
export async function settledCount(read: () => number | Promise<number>): Promise<number> {
  let [last, times] = [-1, 0];
  const settled = await eventually(
    async () => {
      const now = await read();
      times = now === last ? times + 1 : 0;
      last = now;
      return times >= TIMES && { now };
    },
    undefined,
    POLL_MS,
  );
  return settled.now;
}
