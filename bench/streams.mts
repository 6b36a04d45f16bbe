import { type ClientRequest, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { Fleet } from './support/fleet.mts';
import { residentMiB } from './support/resident-memory.mts';
import type { Stage } from './support/stage.mts';
import { quantile } from './support/statistics.mts';

const SUBSCRIBERS = 1_000;
/** Each step records three events, one step a second: about a hundred events a second in all. */
const RUNS = 34;
const STEPS = 60;
const STEP_MS = 1_000;
const MEASURED_MS = 15_000;
const SETTLE_MS = 3_000;

/**
 * A thousand subscribers of 34 runs on one API process, about a hundred events a second: the time from an event's commit
 * to its arrival (its `at` is a little before the commit), and what a subscriber costs. Aim: p95 under 100 ms.
 */
export async function streams(stage: Stage): Promise<string[]> {
  const fleet = await Fleet.open(stage, 'bench_streams');
  const sleeper = { mcp_definition_id: await fleet.registerSleep() };
  const chain = await fleet.registerChain(
    'ticking',
    sleeper,
    Array.from({ length: STEPS }, () => ({ sleep_ms: STEP_MS })),
  );
  await fleet.startEngineWorker(RUNS);
  const { rest, api } = fleet;
  const runs = await Promise.all(
    Array.from({ length: RUNS }, () =>
      rest.call('POST', '/workflow-runs', { workflow_definition_id: chain }),
    ),
  );
  const before = residentMiB(api.process.pid ?? 0);
  const delays: number[] = [];
  const subscribers = Array.from({ length: SUBSCRIBERS }, (_unused, index) =>
    subscribe(`${api.baseUrl}/api/v1/workflow-runs/${runs[index % RUNS]?.id}/stream`, stage.key, (at) =>
      delays.push(Date.now() - at),
    ),
  );
  await sleep(SETTLE_MS);
  delays.length = 0;
  const listening = await listeners(fleet);
  await sleep(MEASURED_MS);
  const received = delays.length / (MEASURED_MS / 1000);
  const after = residentMiB(api.process.pid ?? 0);
  for (const subscriber of subscribers) subscriber.destroy();
  await fleet.close();
  return [
    `messages to ${SUBSCRIBERS} subscribers  ${received.toFixed(0)}/s`,
    `from commit to socket         median ${quantile(delays, 0.5)} ms, p95 ${quantile(delays, 0.95)} ms  (aim under 100)`,
    `memory a subscriber           ${(((after - before) / SUBSCRIBERS) * 1024).toFixed(0)} KiB`,
    `connections that LISTEN       ${listening}  (one for each of two processes)`,
  ];
}

function subscribe(url: string, key: string, onEvent: (at: number) => void): ClientRequest {
  const request = get(url, { headers: { 'x-api-key': key }, agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (chunk: string) => {
      for (const [, at] of chunk.matchAll(/"at":"([^"]+)"/g)) onEvent(Date.parse(at ?? ''));
    });
    response.on('error', () => undefined);
  });
  request.on('error', () => undefined);
  return request;
}

/** The processes' sessions that LISTEN, by the name that they go by. */
async function listeners({ sql }: Fleet): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mcp-backend listen'`,
  );
  return rows[0]?.n ?? NaN;
}
