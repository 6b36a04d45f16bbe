import { ensureBuilt } from '../support/ensure-built';

/** The program is built when its sources are newer. The test starts a PostgreSQL of its own, to harm it. */
export default function setUp(): void {
  ensureBuilt();
}
