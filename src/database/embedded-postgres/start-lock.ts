import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 50;

/**
 * Lets one process at a time inspect and start the server of a data folder. The lock is a name in Linux' abstract
 * socket namespace, which the kernel takes back when its holder dies, so it can never be stale. Where there is no such
 * namespace starts are not serialised; PostgreSQL's own lock file then decides, as it always does.
 *
 * @param secret only who can read the data folder shall be able to hold up its starts
 */
export async function withStartLock<Value>(
  secret: string,
  signal: AbortSignal,
  work: () => Promise<Value>,
): Promise<Value> {
  if (process.platform !== 'linux') return work();
  const name = `\0mcp-backend-start-${createHash('sha256').update(secret).digest('hex')}`;
  let lock: Server | null = null;
  while (lock === null) {
    signal.throwIfAborted();
    lock = await tryListen(name);
    if (lock === null) await sleep(RETRY_MS, undefined, { signal });
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}

async function tryListen(name: string): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  server.listen(name);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return null;
    throw error;
  }
}
