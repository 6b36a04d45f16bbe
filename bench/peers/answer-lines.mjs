/** What the programs of peers share: they measure when they are told to, so that rounds can alternate. */
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

/** As many as `bench/durable-steps.mts` has. */
export const STEPS = 40;

/** Says that it is ready; then runs `chain` for each line that comes, and prints how long it took. */
export async function answerLines(chain) {
  console.log('ready');
  for await (const _line of createInterface({ input: process.stdin })) {
    const started = performance.now();
    const last = await chain();
    const ms = performance.now() - started;
    if (last !== STEPS - 1) throw new Error(`The chain gave ${last}`);
    console.log(String(ms));
  }
}
