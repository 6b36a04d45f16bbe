import { v7 as uuidV7 } from 'uuid';

import { SCAN_LIMIT, scannedPage } from '../../../src/common/entities/related-page';
import { RunGraphRepository } from '../../../src/runs/run-graph.repository';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

/** More than two scans' worth: what is looked for lies behind them. */
const NEWER_RUNS = 2 * SCAN_LIMIT + 10;

describe('the graph of runs', () => {
  let database: TestDatabase;
  let graph: RunGraphRepository;
  const [workflowId, oldVersionId, newVersionId] = [uuidV7(), uuidV7(), uuidV7()];
  const [pinnedId, otherId] = [uuidV7(), uuidV7()];

  beforeAll(async () => {
    database = await createTestDatabase();
    graph = new RunGraphRepository(database.dataSource);
    await database.dataSource.query(
      `WITH definition AS (
         INSERT INTO workflow_definitions (id, name, latest_version_id) VALUES ($1, 'w', $3)
       )
       INSERT INTO workflow_versions (id, workflow_definition_id, version, spec)
       VALUES ($2, $1, '1.0.0', '{}'), ($3, $1, '2.0.0', '{}')`,
      [workflowId, oldVersionId, newVersionId],
    );
    const insertRuns = `
      INSERT INTO workflow_runs (id, workflow_definition_id, workflow_version_id, status, parameters, pins, created_at)
      SELECT gen_random_uuid(), $1, $2, 'succeeded', '{}', json_build_object('a', $3::text),
        now() - make_interval(secs => $4::int + n) FROM generate_series(1, $5::int) AS n`;
    await database.dataSource.query(insertRuns, [workflowId, oldVersionId, pinnedId, 100_000, 3]);
    await database.dataSource.query(insertRuns, [workflowId, newVersionId, otherId, 0, NEWER_RUNS]);
    await database.dataSource.query('ANALYZE workflow_runs');
  });
  afterAll(() => database.drop());

  it.each(['version', 'component'])(
    'finds the oldest runs of a %s behind parts without any, none of which looks at more than its limit',
    async (kind) => {
      const sizes: number[] = [];
      const found: string[] = [];
      let after: string | null = null;
      do {
        const scanned: Awaited<ReturnType<typeof graph.scanRunsOfVersion>> =
          kind === 'version'
            ? await graph.scanRunsOfVersion(oldVersionId, after)
            : await graph.scanRunsPinnedTo(pinnedId, after);
        const page = scannedPage(scanned, 2);
        expect(scanned.length).toBeLessThanOrEqual(SCAN_LIMIT);
        sizes.push(page.ids.length);
        found.push(...page.ids);
        after = page.next;
      } while (after !== null);
      expect(sizes).toEqual([0, 0, 2, 1]);
      expect(new Set(found).size).toBe(3);
    },
  );

  it('reads a part of the runs of a workflow through the index, however deep it lies', async () => {
    const all = await graph.findRunsOfDefinition(workflowId, { after: null, limit: NEWER_RUNS });
    const query = jest.spyOn(database.dataSource, 'query');
    await graph.findRunsOfDefinition(workflowId, { after: all.at(-5) ?? null, limit: 2 });
    const [statement = '', values = []] = query.mock.calls[0] ?? [];
    query.mockRestore();
    const rows: { 'QUERY PLAN': string }[] = await database.dataSource.query(
      `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${statement}`,
      values as unknown[],
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index Cond: .*ROW\(created_at, id\) < /);
    expect(plan).not.toMatch(/Seq Scan|Rows Removed/);
  });
});
