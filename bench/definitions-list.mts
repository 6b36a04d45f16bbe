import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { requestsPerSecond } from './support/load.mts';
import { listeningUrl } from './support/program.mts';
import type { Stage } from './support/stage.mts';
import { quantile, spread } from './support/statistics.mts';

const PATH = '/api/v1/mcp-definitions?limit=10';
const ROUNDS = 5;
const SECONDS = 4;
const FEW = 1000;
const MANY = 1_000_000;

/**
 * `GET /mcp-definitions?limit=10` with a key, all headers, metrics and logs on, beside Express 5 that sends the same by
 * one prepared statement. The rounds alternate, so that both see the same machine. Aim: 0.8 of that floor, never under
 * 0.5; with 1,000,000 definitions at most 1.5 times the time that it takes with 1,000.
 */
export async function definitionsList(stage: Stage): Promise<string[]> {
  await addDefinitions(stage, 1, FEW);
  const floorProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, 'support/floor-server.mts'), stage.databaseUrl],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const floorUrl = await listeningUrl(floorProcess);
    await refuseDifference(stage, floorUrl);
    const few = await rounds({ floor: () => floorRate(floorUrl), product: () => productRate(stage) });
    await addDefinitions(stage, FEW + 1, MANY);
    // Without the floor, which counts a million rows a request and goes on with that long after it was asked.
    const many = await rounds({ product: () => productRate(stage) });
    const ratio = quantile(few.product, 0.5) / quantile(few.floor, 0.5);
    const growth = quantile(few.product, 0.5) / quantile(many.product, 0.5);
    return [
      `Express 5 and pg, ${FEW} definitions ${spread(few.floor, 'requests/s')}`,
      `the program, ${FEW} definitions      ${spread(few.product, 'requests/s')}`,
      `ratio                              ${ratio.toFixed(2)}  (aim 0.8, never under 0.5)`,
      `the program, ${MANY} definitions   ${spread(many.product, 'requests/s')}`,
      `1,000,000 beside 1,000             ${growth.toFixed(2)} times as long  (aim 1.5)`,
    ];
  } finally {
    floorProcess.kill();
  }
}

const floorRate = (floorUrl: string): Promise<number> => requestsPerSecond(floorUrl + PATH, {}, SECONDS);

const productRate = ({ baseUrl, key }: Stage): Promise<number> =>
  requestsPerSecond(baseUrl + PATH, { 'x-api-key': key }, SECONDS);

/** Measures each in turn, round by round; the first round warms them up and does not count. */
async function rounds<Name extends string>(
  rates: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const entries = Object.entries<() => Promise<number>>(rates);
  const found = Object.fromEntries(entries.map(([name]) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, measure] of entries) {
      const rate = await measure();
      if (round > 0) found[name as Name].push(rate);
    }
  }
  return found;
}

/** A floor that sends something else would be no floor. */
async function refuseDifference(stage: Stage, floorUrl: string): Promise<void> {
  const [ours, theirs] = await Promise.all([
    stage.call<object>('GET', PATH.slice('/api/v1'.length)),
    fetch(floorUrl + PATH).then((response) => response.json()),
  ]);
  if (JSON.stringify(sorted(ours)) !== JSON.stringify(sorted(theirs))) {
    throw new Error('The floor sends another list than the program');
  }
}

/** The same value with its objects' keys in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  );
}

/** Definitions number `from` to `to`, each with a version, written past the API: a million requests would take long. */
async function addDefinitions(stage: Stage, from: number, to: number): Promise<void> {
  await stage.sql.query(
    `WITH made AS (
       SELECT n, uuidv7() AS id, uuidv7() AS version_id, now() + n * interval '1 ms' AS at
       FROM generate_series($1::int, $2::int) AS n
     ), definitions AS (
       INSERT INTO mcp_definitions (id, name, description, mcp_type, labels, latest_version_id, created_at, updated_at)
       SELECT id, 'bench ' || n, 'Fetches the orders of a day', 'http_request', '{"team":"ops"}', version_id, at, at
       FROM made
     )
     INSERT INTO mcp_versions (id, mcp_definition_id, version, config, created_at)
     SELECT version_id, id, '1.0.0', '{"type":"http_request","method":"GET","url":"https://example.com/orders"}', at
     FROM made`,
    [from, to],
  );
  await stage.sql.query('VACUUM (ANALYZE) mcp_definitions, mcp_versions');
}
