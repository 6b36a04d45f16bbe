import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { cpuMs } from './support/cpu-time.mts';
import { NOT_COMPARED, startGatewayPeers } from './support/gateway-peers.mts';
import { McpCaller } from './support/mcp-caller.mts';
import { Peer } from './support/peer.mts';
import { listeningUrl, stopProcess } from './support/program.mts';
import type { Stage } from './support/stage.mts';
import { quantile } from './support/statistics.mts';

const UPSTREAM = join(import.meta.dirname, 'support', 'mcp-upstream.mjs');

const ROUNDS = 6;
const CALLS = 300;
const IN_FLIGHT = 16;
const BURST = 1_500;

interface Target {
  readonly name: string;
  readonly caller: McpCaller;
  readonly latencies: number[];
  readonly rates: number[];
}

/**
 * What the MCP endpoint costs: the same call of the same server directly, through it with key, audit and metrics on, and
 * through gateways from npm that have none of these; in one run, by turns. Aim: at most 1.0 ms added at the median, 1,000
 * calls a second at 16 in flight.
 */
export async function gateway(stage: Stage): Promise<string[]> {
  Peer.install();
  const peers = await startGatewayPeers([process.execPath, UPSTREAM, '--stdio']);
  const upstream = spawn(process.execPath, [UPSTREAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await listeningUrl(upstream);
    const definition = await stage.call('POST', '/mcp-definitions', {
      name: 'bench-say',
      mcp_type: 'mcp_server',
      config: { type: 'mcp_server', transport: 'streamable_http', url },
    });
    await stage.call('POST', '/toolsets', {
      name: 'bench',
      members: [{ mcp_definition_id: definition.id, prefix: '' }],
    });
    const ours = { authorization: `Bearer ${stage.key}` };
    const targets: Target[] = [
      target('the server directly', await McpCaller.connect(url, 'say')),
      target('through mcp-backend', await McpCaller.connect(`${stage.baseUrl}/mcp/bench`, 'say', ours)),
      ...peers.map(({ name, caller }) => target(`through ${name}`, caller)),
    ];
    const before = cpuMs(stage.pid);
    await measure(targets);
    const perCall = (cpuMs(stage.pid) - before) / (ROUNDS * (CALLS + BURST));
    await Promise.all(targets.map(({ caller }) => caller.close()));
    return [
      ...report(targets),
      `processor time of mcp-backend: ${perCall.toFixed(2)} ms a call`,
      NOT_COMPARED,
    ];
  } finally {
    await stopProcess(upstream);
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

function target(name: string, caller: McpCaller): Target {
  return { name, caller, latencies: [], rates: [] };
}

async function measure(targets: readonly Target[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { caller, latencies, rates } of targets) {
      const ms = await oneByOne(caller);
      const rate = await manyAtOnce(caller);
      // The first round warms both sides up.
      if (round === 0) continue;
      latencies.push(...ms);
      rates.push(rate);
    }
  }
}

async function oneByOne(caller: McpCaller): Promise<number[]> {
  const ms: number[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    const startedAt = performance.now();
    await caller.call();
    ms.push(performance.now() - startedAt);
  }
  return ms;
}

/** Calls a second. */
async function manyAtOnce(caller: McpCaller): Promise<number> {
  const startedAt = performance.now();
  let left = BURST;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await caller.call();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return (BURST * 1_000) / (performance.now() - startedAt);
}

function report(targets: readonly Target[]): string[] {
  const direct = quantile(targets[0]?.latencies ?? [], 0.5);
  return targets.map(({ name, latencies, rates }) => {
    const median = quantile(latencies, 0.5);
    const added = name.startsWith('the server') ? '' : `, ${(median - direct).toFixed(2)} ms added`;
    return `${name}: median ${median.toFixed(2)} ms${added}; ${quantile(rates, 0.5).toFixed(0)} calls/s at ${IN_FLIGHT} in flight`;
  });
}
