/**
 * Forty durable steps in a row in DBOS Transact, as `bench/durable-steps.mts` has them. Arguments: the URL of a
 * database for it. Answers each line on standard input with how long a run took, milliseconds.
 */
import { DBOS } from '@dbos-inc/dbos-sdk';

import { answerLines, STEPS } from './answer-lines.mjs';

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: process.argv[2], logLevel: 'error' });

const chain = DBOS.registerWorkflow(
  async () => {
    let n = -1;
    for (let step = 0; step < STEPS; step += 1) {
      const last = n;
      n = await DBOS.runStep(() => Promise.resolve(last + 1), { name: `s${step}` });
    }
    return n;
  },
  { name: 'chain' },
);

await DBOS.launch();
await answerLines(() => chain());
await DBOS.shutdown();
