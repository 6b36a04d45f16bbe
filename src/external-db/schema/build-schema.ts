import type { JsonObject } from '../../engine/core/json';

/** A column of a table. */
export interface SchemaColumn {
  readonly name: string;
  /** As the database writes it. */
  readonly type: string;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
}

export interface SchemaForeignKey {
  readonly name: string;
  readonly columns: string[];
  readonly references: { readonly schema: string; readonly table: string; readonly columns: string[] };
}

export interface SchemaTable {
  readonly name: string;
  readonly type: 'table' | 'view';
  readonly columns: SchemaColumn[];
  readonly foreignKeys: SchemaForeignKey[];
}

/** What a database holds. */
export interface DatabaseSchema {
  readonly schemas: readonly { readonly name: string; readonly tables: readonly SchemaTable[] }[];
  /** Whether there is more. */
  readonly truncated: boolean;
}

/**
 * Puts the rows of the two statements of `SchemaQueries` together.
 *
 * @param maxRows how many rows are used of each; one more tells that there is more, and the last table, of which
 *   columns may be missing, is then left out
 */
export function buildSchema(
  columnRows: readonly JsonObject[],
  foreignKeyRows: readonly JsonObject[],
  maxRows: number,
): DatabaseSchema {
  const schemas = new Map<string, Map<string, SchemaTable>>();
  for (const row of whole(columnRows, maxRows)) {
    const tables = entryOf(schemas, text(row.schema), () => new Map<string, SchemaTable>());
    const table = entryOf(tables, text(row.table), (name) => newTable(name, isTrue(row.is_view)));
    table.columns.push({
      name: text(row.name),
      type: text(row.type),
      nullable: isTrue(row.nullable),
      primaryKey: isTrue(row.primary_key),
    });
  }
  for (const row of whole(foreignKeyRows, maxRows)) {
    const table = schemas.get(text(row.schema))?.get(text(row.table));
    if (table !== undefined) addForeignKey(table, row);
  }
  return {
    schemas: [...schemas].map(([name, tables]) => ({ name, tables: [...tables.values()] })),
    truncated: columnRows.length > maxRows || foreignKeyRows.length > maxRows,
  };
}

/** The rows of the tables that are there completely. */
function whole(rows: readonly JsonObject[], maxRows: number): readonly JsonObject[] {
  if (rows.length <= maxRows) return rows;
  const last = rows[maxRows];
  return rows
    .slice(0, maxRows)
    .filter((row) => last === undefined || row.schema !== last.schema || row.table !== last.table);
}

function addForeignKey({ foreignKeys }: SchemaTable, row: JsonObject): void {
  const name = text(row.name);
  let key = foreignKeys.find((one) => one.name === name);
  if (key === undefined) {
    const references = { schema: text(row.to_schema), table: text(row.to_table), columns: [] };
    key = { name, columns: [], references };
    foreignKeys.push(key);
  }
  key.columns.push(text(row.column));
  key.references.columns.push(text(row.to_column));
}

function newTable(name: string, isView: boolean): SchemaTable {
  return { name, type: isView ? 'view' : 'table', columns: [], foreignKeys: [] };
}

function entryOf<Value>(map: Map<string, Value>, name: string, make: (name: string) => Value): Value {
  let value = map.get(name);
  if (value === undefined) {
    value = make(name);
    map.set(name, value);
  }
  return value;
}

function text(value: JsonObject[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}

function isTrue(value: JsonObject[string] | undefined): boolean {
  return Number(value) === 1;
}
