import type { JsonObject } from '../../engine/core/json';
import { buildSchema } from './build-schema';

function column(table: string, name: string, more: JsonObject = {}): JsonObject {
  return { schema: 's', table, is_view: 0, name, type: 'int', nullable: 1, primary_key: 0, ...more };
}

function key(table: string, name: string, from: string, to: string): JsonObject {
  return { schema: 's', table, name, column: from, to_schema: 's', to_table: 't', to_column: to };
}

describe('buildSchema', () => {
  it('gathers columns into tables and tables into schemas', () => {
    const rows = [
      column('a', 'id', { nullable: 0, primary_key: 1 }),
      column('a', 'b'),
      column('v', 'x', { schema: 'z', is_view: 1 }),
    ];
    expect(buildSchema(rows, [], 10)).toEqual({
      schemas: [
        {
          name: 's',
          tables: [
            {
              name: 'a',
              type: 'table',
              columns: [
                { name: 'id', type: 'int', nullable: false, primaryKey: true },
                { name: 'b', type: 'int', nullable: true, primaryKey: false },
              ],
              foreignKeys: [],
            },
          ],
        },
        {
          name: 'z',
          tables: [
            {
              name: 'v',
              type: 'view',
              columns: [{ name: 'x', type: 'int', nullable: true, primaryKey: false }],
              foreignKeys: [],
            },
          ],
        },
      ],
      truncated: false,
    });
  });

  it('pairs the columns of a foreign key in their order', () => {
    const rows = [key('a', 'k', 'x', 'x1'), key('a', 'k', 'y', 'y1'), key('a', 'l', 'z', 'z1')];
    const [schema] = buildSchema([column('a', 'x')], rows, 10).schemas;
    expect(schema?.tables[0]?.foreignKeys).toEqual([
      { name: 'k', columns: ['x', 'y'], references: { schema: 's', table: 't', columns: ['x1', 'y1'] } },
      { name: 'l', columns: ['z'], references: { schema: 's', table: 't', columns: ['z1'] } },
    ]);
  });

  it('leaves the last table out when it may be incomplete, and says that there is more', () => {
    const rows = [column('a', '1'), column('b', '1'), column('b', '2')];
    const { schemas, truncated } = buildSchema(rows, [], 2);
    expect([schemas[0]?.tables.map(({ name }) => name), truncated]).toEqual([['a'], true]);
    expect(buildSchema(rows, [], 3)).toMatchObject({ truncated: false });
  });
});
