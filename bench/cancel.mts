import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Fleet } from './support/fleet.mts';
import type { Stage } from './support/stage.mts';
import { quantile, spread } from './support/statistics.mts';

const ROUNDS = 50;
const WARM_UP = 5;

/**
 * How soon a cancellation reaches a step that runs on another process: from the request to cancel until the far side of an
 * `http_request` sees its connection close. Aim: 2 s at most, always. Its floor is a request that only reads the run.
 */
export async function cancel(stage: Stage): Promise<string[]> {
  const fleet = await Fleet.open(stage, 'bench_cancel');
  await fleet.startWorker(10, { EGRESS_ALLOW: 'loopback' });
  const called: (() => void)[] = [];
  const left: (() => void)[] = [];
  // It answers nobody.
  const farSide = createServer((_request, response) => {
    response.on('close', () => left.shift()?.());
    called.shift()?.();
  });
  farSide.listen(0, '127.0.0.1');
  await once(farSide, 'listening');
  const { port } = farSide.address() as AddressInfo;
  const config = { type: 'http_request', url: `http://127.0.0.1:${port}/` };
  const component = { name: 'silent', mcp_type: config.type, config };
  const { id: silent } = await fleet.rest.call('POST', '/mcp-definitions', component);
  const chain = await fleet.registerChain('silent', { mcp_definition_id: silent }, [{}]);
  const reads: number[] = [];
  const reaches: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const begun = new Promise<void>((resolve) => called.push(resolve));
    const { id } = await fleet.rest.call('POST', '/workflow-runs', { workflow_definition_id: chain });
    await begun;
    const stopped = new Promise<void>((resolve) => left.push(resolve));
    const readAt = performance.now();
    await fleet.rest.call('GET', `/workflow-runs/${id}`);
    const askedAt = performance.now();
    await fleet.rest.call('POST', `/workflow-runs/${id}/cancel`);
    await stopped;
    if (round < WARM_UP) continue;
    reads.push(askedAt - readAt);
    reaches.push(performance.now() - askedAt);
  }
  farSide.close();
  await fleet.close();
  return [
    `a request that reads the run     ${spread(reads, 'ms')}`,
    `a cancellation reaches the step  ${spread(reaches, 'ms')}, at most ${quantile(reaches, 1).toFixed(0)} ms  (aim under 2,000)`,
  ];
}
