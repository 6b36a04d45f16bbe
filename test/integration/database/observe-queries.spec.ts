import { Pool } from 'pg';

import { type ObservedQuery, observeQueries } from '../../../src/database/observe-queries';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

describe('observeQueries', () => {
  let database: TestDatabase;
  let pool: Pool;
  let seen: ObservedQuery[];

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  beforeEach(async () => {
    pool = new Pool({ connectionString: database.url, max: 2 });
    // A connection that is open before anybody looks.
    await pool.query('SELECT 1');
    seen = [];
    observeQueries(pool, (query) => seen.push(query));
  });

  afterEach(() => pool.end());
  afterAll(() => database.drop());

  const told = (): string[] => seen.map(({ operation, failed }) => `${operation}${failed ? ' failed' : ''}`);

  it('tells of each statement once, however it is sent', async () => {
    await pool.query('SELECT 1');
    await pool.query({ text: ' \n update workers SET pid = $1 WHERE false', values: [1], name: 'named' });
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('WITH one AS (SELECT 1) SELECT * FROM one');
    await new Promise((resolve) => {
      client.query('ROLLBACK', resolve);
    });
    client.release();
    expect(told()).toEqual(['select', 'update', 'transaction', 'with', 'transaction']);
  });

  it('tells of those that fail, and leaves their error as it was', async () => {
    await expect(pool.query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' });
    const client = await pool.connect();
    await expect(client.query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' });
    client.release();
    expect(told()).toEqual(['select failed', 'select failed']);
  });

  it('measures until the result is there', async () => {
    const begun = performance.now();
    await pool.query('SELECT pg_sleep(0.05)');
    const tookMs = performance.now() - begun;
    expect(seen[0]?.durationMs).toBeGreaterThan(45);
    // Milliseconds of the same wait, however long it was.
    expect(seen[0]?.durationMs).toBeLessThanOrEqual(tookMs);
  });

  it('gives results as they were, and wraps a connection once, however often it is used', async () => {
    for (let count = 0; count < 5; count += 1) {
      const { rows } = await pool.query<{ n: number }>('SELECT $1::int AS n', [count]);
      expect(rows).toEqual([{ n: count }]);
    }
    expect(seen).toHaveLength(5);
  });
});
