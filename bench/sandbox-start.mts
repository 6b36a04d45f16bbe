import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { Sandbox } from '../src/security/sandbox/sandbox.ts';
import { quantile, spread } from './support/statistics.mts';
import { timed } from './support/timed.mts';

const require = createRequire(import.meta.url);
const ROUNDS = 60;
const WARM_UP = 10;

/** What starting a program in the sandbox costs beside starting it as it is, turn by turn. Aim: under 25 ms more. */
export async function sandboxStart(): Promise<string[]> {
  const built = join(import.meta.dirname, '../dist/src/security/sandbox/sandbox.js');
  const { Sandbox: SandboxClass } = require(built) as { Sandbox: typeof Sandbox };
  const sandbox = new SandboxClass({ allowUnsandboxed: false, hidden: [] });
  const { available, reason } = await sandbox.probe();
  if (!available) return [`not measured: ${String(reason)}`];

  const bare: number[] = [];
  const inside: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const costs = [await timed(startBare), await timed(() => startInside(sandbox))] as const;
    if (round < WARM_UP) continue;
    bare.push(costs[0]);
    inside.push(costs[1]);
  }
  const more = inside.map((cost, index) => cost - (bare[index] ?? 0));
  return [
    `/bin/true as it is      ${spread(bare, 'ms')}`,
    `/bin/true in a sandbox  ${spread(inside, 'ms')}`,
    `the sandbox adds        ${spread(more, 'ms')}  (aim under 25; median ${quantile(more, 0.5).toFixed(2)})`,
  ];
}

async function startBare(): Promise<void> {
  await once(spawn('/bin/true', { env: {}, stdio: 'pipe' }), 'close');
}

async function startInside(sandbox: Sandbox): Promise<void> {
  const limits = { memoryMb: 256, tmpMb: 64, processes: 64, cpuSeconds: 10 };
  const command = {
    command: '/bin/true',
    args: [],
    env: {},
    limits,
    network: false,
    readPaths: [],
    writePaths: [],
  };
  await sandbox.start(command).ended;
}
