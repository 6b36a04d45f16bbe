import { existsSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { createClient } from '@redis/client';

import type { AppConfig } from '../../config/app-config';
import { FIRST_KEY_FILE } from '../../config/client-config';
import { Sandbox } from '../../security/sandbox/sandbox';
import { KEY_FILE } from '../../security/secret-box/key-file';
import { failed, type Finding, ok, warning } from './finding';
import { judgeDisk } from './judge-disk';

const REDIS_PATIENCE_MS = 3_000;

/** Rights of the group and of everybody in a file's mode. */
const OTHERS = 0o077;

/** Whether code of components can be kept apart from this machine. */
export async function checkSandbox({ allowUnsandboxedCode, dataDir }: AppConfig): Promise<Finding> {
  const sandbox = new Sandbox({ allowUnsandboxed: allowUnsandboxedCode, hidden: [dataDir] });
  const { available, reason } = await sandbox.probe();
  if (available) return ok('Sandbox', 'code of components runs apart from this machine');
  const what = String(reason);
  if (allowUnsandboxedCode) {
    return warning(
      'Sandbox',
      `none (${what}), and ALLOW_UNSANDBOXED_CODE lets code run without one`,
      'Do so only where everybody who may write code may use this machine; docs/sandbox.md says what a sandbox needs',
    );
  }
  return warning(
    'Sandbox',
    `none: ${what}. Python, Node and notebook components are refused; everything else works`,
    what.includes('not installed')
      ? 'Install it (Debian, Ubuntu: apt-get install bubblewrap), then start the program again'
      : 'See docs/sandbox.md for what it needs',
  );
}

/** Whether the embedded database has room to grow. */
export async function checkDisk({ dataDir }: AppConfig): Promise<Finding> {
  const { bavail, bsize } = await statfs(nearestFolder(dataDir));
  return judgeDisk(bavail * bsize, dataDir);
}

/** Whether others on this machine could read the keys in the data folder. */
export async function checkKeyFiles({ dataDir }: AppConfig): Promise<Finding | null> {
  const open: string[] = [];
  for (const name of [KEY_FILE, FIRST_KEY_FILE]) {
    const path = join(dataDir, name);
    const status = await stat(path).catch(() => null);
    if (status !== null && (status.mode & OTHERS) !== 0) open.push(path);
  }
  if (open.length === 0) return null;
  return failed('Key files', 'others on this machine may read them', `chmod 600 ${open.join(' ')}`);
}

/** Whether replicas can count requests together; null when they are not asked to. */
export async function checkRedis({ redisUrl }: AppConfig): Promise<Finding | null> {
  if (redisUrl === null) return null;
  const client = createClient({
    url: redisUrl,
    socket: { connectTimeout: REDIS_PATIENCE_MS, reconnectStrategy: false },
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
    return ok('Redis', 'answers');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return warning(
      'Redis',
      `does not answer (${code ?? 'it refuses the connection'}): each process counts requests by itself until it does`,
      'Check REDIS_URL, and that Redis runs',
    );
  } finally {
    client.destroy();
  }
}

/** The folder itself, or the one in which it will be made. */
function nearestFolder(path: string): string {
  const full = resolve(path);
  return existsSync(full) || dirname(full) === full ? full : nearestFolder(dirname(full));
}
