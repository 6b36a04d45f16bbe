import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { cpuMs } from './support/cpu-time.mts';
import { McpCaller } from './support/mcp-caller.mts';
import { listeningUrl, stopProcess } from './support/program.mts';
import type { Stage } from './support/stage.mts';
import { quantile, spread } from './support/statistics.mts';

const UPSTREAM = join(import.meta.dirname, 'support', 'mcp-upstream.mjs');

const STEPS = 50;
const ROUNDS = 30;
/** The first runs start the server, open its session and compile what is hot. */
const WARM_UP = 10;

/**
 * What a step costs that calls a tool of an MCP server, beside a `set` step in the same place of the same chain (the
 * engine's own cost) and beside the same call made directly; in one run, by turns. Aim: under 3 ms more than `set`.
 */
export async function mcpToolCall(stage: Stage): Promise<string[]> {
  const upstream = spawn(process.execPath, [UPSTREAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await listeningUrl(upstream);
    const [overHttp, overStdio, sets] = [
      await chain(stage, 'http', await define(stage, 'http', { transport: 'streamable_http', url })),
      await chain(stage, 'stdio', await define(stage, 'stdio', { transport: 'stdio', ...command() })),
      await chain(stage, 'sets', { builtin: 'set' }),
    ];
    const caller = await McpCaller.connect(url, 'say');
    const costs = { direct: [] as number[], http: [] as number[], stdio: [] as number[] };
    const cpu = { http: 0, stdio: 0, set: 0 };
    const measured = async (of: keyof typeof cpu, workflowId: string): Promise<number> => {
      const before = cpuMs(stage.pid);
      const ms = await stage.timedRun(workflowId);
      cpu[of] += cpuMs(stage.pid) - before;
      return ms;
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round === WARM_UP) Object.assign(cpu, { http: 0, stdio: 0, set: 0 });
      const direct = await directly(caller);
      const [http, stdio, set] = [
        await measured('http', overHttp),
        await measured('stdio', overStdio),
        await measured('set', sets),
      ];
      if (round < WARM_UP) continue;
      costs.direct.push(direct / STEPS);
      costs.http.push((http - set) / STEPS);
      costs.stdio.push((stdio - set) / STEPS);
    }
    await caller.close();
    const cpuOf = (of: keyof typeof cpu): string => (cpu[of] / (STEPS * (ROUNDS - WARM_UP))).toFixed(2);
    const beyond = quantile(costs.http, 0.5) - quantile(costs.direct, 0.5);
    return [
      `the call directly                  ${spread(costs.direct, 'ms')}`,
      `a step beyond a set step, HTTP     ${spread(costs.http, 'ms')}  (aim under 3; ${beyond.toFixed(2)} more than the call)`,
      `a step beyond a set step, process  ${spread(costs.stdio, 'ms')}`,
      `processor time of mcp-backend a step: HTTP ${cpuOf('http')} ms, process ${cpuOf('stdio')} ms, set ${cpuOf('set')} ms`,
    ];
  } finally {
    await stopProcess(upstream);
  }
}

/** With the folder of the packages that it imports, which a sandbox does not show otherwise. */
function command(): object {
  const packages = join(import.meta.dirname, '..', 'node_modules');
  return { command: 'node', args: [UPSTREAM, '--stdio'], read_paths: [packages] };
}

async function define(stage: Stage, name: string, config: object): Promise<object> {
  const { id } = await stage.call('POST', '/mcp-definitions', {
    name: `bench-tool-${name}`,
    mcp_type: 'mcp_server',
    config: { type: 'mcp_server', ...config },
  });
  return { mcp_definition_id: id, tool: 'say' };
}

async function chain(stage: Stage, name: string, uses: object): Promise<string> {
  const steps = Array.from({ length: STEPS }, (_unused, index) => ({
    id: `s${index}`,
    uses,
    inputs: { text: `call ${index}` },
    ...(index > 0 && { needs: [`s${index - 1}`] }),
  }));
  return (await stage.call('POST', '/workflow-definitions', { name: `bench-chain-${name}`, steps })).id;
}

/** As many calls as a chain has steps, one after the other; milliseconds. */
async function directly(caller: McpCaller): Promise<number> {
  const start = performance.now();
  for (let call = 0; call < STEPS; call += 1) await caller.call();
  return performance.now() - start;
}
