/**
 * `npm run bench [name …]`: measures the built program and prints ratios to a floor measured in the same run on the
 * same PostgreSQL. Figures differ from machine to machine; ratios tell.
 */
import { cancel } from './cancel.mts';
import { dashboard } from './dashboard.mts';
import { definitionsList } from './definitions-list.mts';
import { durableSteps } from './durable-steps.mts';
import { gateway } from './gateway.mts';
import { largeOutputs } from './large-outputs.mts';
import { mcpToolCall } from './mcp-tool-call.mts';
import { queueDrain } from './queue-drain.mts';
import { runsOverHttp } from './runs-over-http.mts';
import { scriptStep } from './script-step.mts';
import { startUp } from './start-up.mts';
import { streams } from './streams.mts';
import { sandboxStart } from './sandbox-start.mts';
import { Stage } from './support/stage.mts';
import { takeOver } from './take-over.mts';

const benchmarks = {
  cancel,
  dashboard,
  'definitions-list': definitionsList,
  'durable-steps': durableSteps,
  gateway,
  'large-outputs': largeOutputs,
  'mcp-tool-call': mcpToolCall,
  'queue-drain': queueDrain,
  'runs-over-http': runsOverHttp,
  'sandbox-start': sandboxStart,
  'script-step': scriptStep,
  'start-up': startUp,
  streams,
  'take-over': takeOver,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}`);
  process.exit(2);
}

const stage = await Stage.open();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The PostgreSQL that it started has a session of its own, and would stay.
  process.once(signal, () => void stage.close().finally(() => process.exit(1)));
}
try {
  for (const [name, benchmark] of Object.entries(benchmarks)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`\n${name}`);
    for (const line of await benchmark(stage)) console.log(`  ${line}`);
  }
} finally {
  await stage.close();
}
