import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { requestsPerSecond } from './support/load.mts';
import { startProgram, stopProcess } from './support/program.mts';
import { residentMiB } from './support/resident-memory.mts';
import type { Stage } from './support/stage.mts';
import { quantile, spread } from './support/statistics.mts';
import { timed } from './support/timed.mts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

const ROUNDS = 7;
const LOAD_SECONDS = 5;
const LARGEST = 8;
const MIB = 2 ** 20;

/**
 * What it costs to have the program at all: from its start to its first 200 of /health, beside a Node that does nothing;
 * its memory at rest and under load; and what an installation weighs, with the largest parts named.
 */
export async function startUp(stage: Stage): Promise<string[]> {
  const node: number[] = [];
  const starts: number[] = [];
  const atRest: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const bare = await timed(() => once(spawn(process.execPath, ['-e', '0']), 'close'));
    const program = await startOnce(stage.databaseUrl);
    // The first warms the file system's cache up.
    if (round === 0) continue;
    node.push(bare);
    starts.push(program.ms);
    atRest.push(program.memory);
  }
  await requestsPerSecond(
    `${stage.baseUrl}/api/v1/mcp-definitions`,
    { 'x-api-key': stage.key },
    LOAD_SECONDS,
  );
  const underLoad = residentMiB(stage.pid);
  const parts = await installedParts();
  const total = parts.reduce((sum, [, bytes]) => sum + bytes, 0);
  return [
    `a Node that does nothing       ${spread(node, 'ms')}`,
    `from the start to a healthy    ${spread(starts, 'ms')}`,
    `memory at rest                 ${quantile(atRest, 0.5).toFixed(0)} MiB`,
    `memory after 64 connections    ${underLoad.toFixed(0)} MiB`,
    `an installation                ${inMib(total)} without the parts for development`,
    ...parts.slice(0, LARGEST).map(([name, bytes]) => `  ${name.padEnd(40)} ${inMib(bytes)}`),
  ];
}

/** Starts the program, waits until it is healthy, and stops it. */
async function startOnce(databaseUrl: string): Promise<{ ms: number; memory: number }> {
  const start = performance.now();
  const program = await startProgram({ DATABASE_URL: databaseUrl });
  try {
    const { status } = await fetch(`${program.baseUrl}/health`);
    if (status !== 200) throw new Error(`/health answered ${status}`);
    const ms = performance.now() - start;
    return { ms, memory: residentMiB(program.process.pid ?? 0) };
  } finally {
    await stopProcess(program.process);
  }
}

/** Each package that a user gets, and the program itself, with its bytes on disk; the largest first. */
async function installedParts(): Promise<[string, number][]> {
  const { stdout } = await run('npm', ['ls', '--omit=dev', '--all', '--parseable'], {
    cwd: root,
    maxBuffer: 16 * MIB,
  });
  const folders = stdout
    .split('\n')
    .filter((folder) => folder.includes('/node_modules/'))
    .map((folder) => folder.slice(root.length + 1))
    // Swagger's plug-in may use it, so npm lists it where we develop with it; users do not get it.
    .filter((folder) => folder !== 'node_modules/typescript');
  // A package inside another is part of that one's folder.
  const outermost = folders.filter((folder) => folder.lastIndexOf('node_modules/') === 0);
  const sizes = await run('du', ['-sb', 'dist', ...new Set(outermost)], { cwd: root, maxBuffer: 16 * MIB });
  return sizes.stdout
    .trim()
    .split('\n')
    .map((line): [string, number] => {
      const [bytes = '0', folder = ''] = line.split('\t');
      return [folder.replace('node_modules/', ''), Number(bytes)];
    })
    .toSorted(([, left], [, right]) => right - left);
}

function inMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
