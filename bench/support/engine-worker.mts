/**
 * A worker process whose components only sleep: `inputs.sleep_ms`, or a random time up to `inputs.up_to_ms`. So what
 * is measured is the engine. Arguments: the database's URL, how many runs it drives at a time.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import type { SystemClock as SystemClockType } from '../../src/common/clock.ts';
import type { ListenHub as ListenHubType } from '../../src/database/listen-hub.ts';
import type * as Connection from '../../src/database/postgres-connection.ts';
import type { EngineRuntime as EngineRuntimeType } from '../../src/engine/engine-runtime.ts';
import type { ComponentRunner, EngineObserver } from '../../src/engine/ports.ts';

const require = createRequire(import.meta.url);
const load = (path: string): unknown => require(join(import.meta.dirname, '../../dist/src', path));

const { SystemClock } = load('common/clock.js') as { SystemClock: typeof SystemClockType };
const { ListenHub } = load('database/listen-hub.js') as { ListenHub: typeof ListenHubType };
const { connectionOptions, PostgresConnection } = load(
  'database/postgres-connection.js',
) as typeof Connection;
const { EngineRuntime } = load('engine/engine-runtime.js') as { EngineRuntime: typeof EngineRuntimeType };

const [databaseUrl = '', concurrency = '100'] = process.argv.slice(2);

const components: ComponentRunner = {
  run: async ({ inputs }, { signal }) => {
    const { sleep_ms: fixed, up_to_ms: most } = inputs as { sleep_ms?: number; up_to_ms?: number };
    await sleep(fixed ?? Math.random() * (most ?? 0), undefined, { signal });
    return null;
  },
};

const observer: EngineObserver = {
  stepEnded: () => undefined,
  stepRetried: () => undefined,
  runEnded: () => undefined,
  modelUsed: () => undefined,
};

const pool = new pg.Pool({ ...connectionOptions(databaseUrl), max: 2 });
pool.on('error', () => undefined);
const connection = new PostgresConnection(connectionOptions(databaseUrl), pool);
const hub = new ListenHub(connection);
const options = { drivesRuns: true, concurrency: Number(concurrency), stopGraceMs: 3_000 };
const runtime = new EngineRuntime(connection, hub, components, new SystemClock(), observer, options);
await runtime.start();
console.log('"url":"none"');

process.once('SIGTERM', () => {
  void runtime.stop().then(() => process.exit(0));
});
