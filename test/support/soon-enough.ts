import { PATIENCE_MS } from './eventually';

/**
 * For what must be done before a time is over. That a machine was too slow for it is no fault: then it is done once more, with
 * twice the time.
 *
 * @param work is given the time, and gives null when that was over too soon
 */
export async function soonEnough<Value>(
  ms: number,
  work: (ms: number) => Promise<Value | null>,
): Promise<Value> {
  for (let given = ms; given <= PATIENCE_MS; given *= 2) {
    const value = await work(given);
    if (value !== null) return value;
  }
  throw new Error(`It was not done within ${PATIENCE_MS} ms`);
}
