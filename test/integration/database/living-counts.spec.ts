import { createTestDatabase, type TestDatabase } from '../../support/test-database';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await database.drop();
});

/** Definitions number `from` to `to`, each with a version. */
async function insert(from: number, to: number): Promise<void> {
  await database.dataSource.query(
    `WITH made AS (SELECT n, uuidv7() AS id, uuidv7() AS version_id FROM generate_series($1::int, $2::int) n),
       definitions AS (
         INSERT INTO mcp_definitions (id, name, mcp_type, latest_version_id)
         SELECT id, 'n' || n, 'http_request', version_id FROM made)
       INSERT INTO mcp_versions (id, mcp_definition_id, version, config)
       SELECT version_id, id, '1.0.0', '{}' FROM made`,
    [from, to],
  );
}

async function counts(): Promise<{ kept: number; true: number }> {
  const [found] = await database.dataSource.query<{ kept: number; true: number }[]>(`
    SELECT (SELECT coalesce(sum(living), 0)::int FROM living_counts WHERE list = 'mcp_definitions') AS kept,
      (SELECT count(*)::int FROM mcp_definitions WHERE deleted_at IS NULL) AS "true"`);
  if (found === undefined) throw new Error('No counts');
  return found;
}

const hide = (name: string): Promise<unknown> =>
  database.dataSource.query('UPDATE mcp_definitions SET deleted_at = now() WHERE name = $1', [name]);

it('knows how many definitions live, however they come and go', async () => {
  await insert(1, 100);
  expect(await counts()).toEqual({ kept: 100, true: 100 });
  await hide('n1');
  await hide('n1');
  await database.dataSource.query("UPDATE mcp_definitions SET description = 'd'");
  expect(await counts()).toEqual({ kept: 99, true: 99 });
  await database.dataSource.query("UPDATE mcp_definitions SET deleted_at = NULL WHERE name = 'n1'");
  expect(await counts()).toEqual({ kept: 100, true: 100 });
  await database.dataSource.query('TRUNCATE mcp_definitions CASCADE');
  expect(await counts()).toEqual({ kept: 0, true: 0 });
});

it('counts nothing that is rolled back', async () => {
  await insert(1, 10);
  const undone = database.dataSource.transaction(async (manager) => {
    await manager.query('UPDATE mcp_definitions SET deleted_at = now()');
    throw new Error('undo');
  });
  await expect(undone).rejects.toThrow('undo');
  expect(await counts()).toEqual({ kept: 10, true: 10 });
});

it('stays right while many create and delete at once', async () => {
  await Promise.all(Array.from({ length: 40 }, (_, index) => insert(index * 10, index * 10 + 9)));
  await Promise.all(Array.from({ length: 100 }, (_, index) => hide(`n${index * 3}`)));
  expect(await counts()).toEqual({ kept: 300, true: 300 });
});
