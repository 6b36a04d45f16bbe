import { rmSync } from 'node:fs';

import { takeTestServer } from './test-server';

/** Stops the PostgreSQL of the run and removes its data. */
export default async function globalTeardown(): Promise<void> {
  const held = takeTestServer();
  if (held === null) return;
  await held.server.stop();
  rmSync(held.dataDir, { recursive: true, force: true });
}
