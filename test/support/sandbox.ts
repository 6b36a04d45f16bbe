import { existsSync } from 'node:fs';

import { Sandbox } from '../../src/security/sandbox/sandbox';

/**
 * The sandbox of this machine, for tests that need one. CI has it, and fails without; elsewhere they are skipped, out
 * loud. Whether there is one is known after `probe`, too late for Jest: so only the outer conditions are looked at.
 */
export const sandboxTests: jest.Describe = mayHaveSandbox() ? describe : describe.skip;

/** Looks at it and fails when it does not stand. */
export async function openSandbox(hidden: readonly string[] = []): Promise<Sandbox> {
  const sandbox = new Sandbox({ allowUnsandboxed: false, hidden });
  const { available, reason } = await sandbox.probe();
  if (!available) throw new Error(`There is no sandbox: ${String(reason)}`);
  return sandbox;
}

function mayHaveSandbox(): boolean {
  if (process.env['CI'] === 'true' || (process.platform === 'linux' && hasPrograms())) return true;
  process.stderr.write(
    'SKIPPED: what needs the Linux sandbox, since there is no bubblewrap or no system Python\n',
  );
  return false;
}

function hasPrograms(): boolean {
  return ['/usr/bin/bwrap', '/usr/bin/python3'].every((path) => existsSync(path));
}
