import { existsSync } from 'node:fs';

import { Sandbox } from '../../src/security/sandbox/sandbox';

/**
 * For tests that need the sandbox. CI has it, and fails without; elsewhere they are skipped, out loud. Whether it works
 * is known after `probe`, too late for Jest: so only whether its programs are there is looked at.
 */
export const sandboxTests = testsThatNeed('the Linux sandbox', ['/usr/bin/bwrap', '/usr/bin/python3']);

/** For tests that need a notebook's kernel in it. */
export const notebookTests = testsThatNeed('a Jupyter kernel in the Linux sandbox', [
  '/usr/bin/bwrap',
  '/usr/lib/python3/dist-packages/nbclient',
  '/usr/lib/python3/dist-packages/ipykernel',
]);

/** Looks at the sandbox and fails when it does not stand. */
export async function openSandbox(hidden: readonly string[] = []): Promise<Sandbox> {
  const sandbox = new Sandbox({ allowUnsandboxed: false, hidden });
  const { available, reason } = await sandbox.probe();
  if (!available) throw new Error(`There is no sandbox: ${String(reason)}`);
  return sandbox;
}

function testsThatNeed(what: string, paths: readonly string[]): jest.Describe {
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length === 0 || process.env['CI'] === 'true') return describe;
  process.stderr.write(`SKIPPED: what needs ${what}, since there is no ${missing.join(', ')}\n`);
  return describe.skip;
}
