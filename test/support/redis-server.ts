import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

import { freePort } from './free-port';

/** Whether this machine has a Redis server to start. */
export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0;

/** A Redis of a test's own: one that it can stop. */
export interface TestRedis {
  readonly url: string;
  start(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Holds it: connections stay, and nothing answers. */
  freeze(): void;
  thaw(): void;
}

export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  let server: ChildProcess | null = null;
  const redis: TestRedis = {
    url: `redis://127.0.0.1:${port}`,
    start: async () => {
      server = spawn('redis-server', ['--port', String(port), '--save', '', '--bind', '127.0.0.1'], {
        cwd: '/tmp',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await readyLine(server);
    },
    kill: async () => {
      const gone = server;
      server = null;
      // False when it has ended already.
      if (gone?.kill('SIGKILL') === true) await once(gone, 'exit');
    },
    freeze: () => server?.kill('SIGSTOP'),
    thaw: () => server?.kill('SIGCONT'),
  };
  await redis.start();
  return redis;
}

/** Its output is read on to the end: a pipe that nobody reads would stop it. */
function readyLine(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    server.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept')) resolve();
    });
    server.once('exit', (code) => {
      reject(new Error(`redis-server ended with code ${code}`));
    });
  });
}
