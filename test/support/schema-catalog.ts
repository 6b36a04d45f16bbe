import type { DataSource } from 'typeorm';

/** A column as the catalog has it. */
interface ColumnFacts {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** Whether an INSERT may leave it out: it has a default, or is made by the database. */
  readonly optional: boolean;
}

/** Something that rows are held to: a unique index, a check, a foreign key. */
interface RuleFacts {
  readonly table: string;
  /** As PostgreSQL writes it. */
  readonly definition: string;
  readonly isUnique: boolean;
  /** Of its table; empty for an expression. */
  readonly columns: readonly string[];
}

/** What statements of a program rely on. */
export interface SchemaCatalog {
  readonly columns: readonly ColumnFacts[];
  readonly rules: readonly RuleFacts[];
}

/** Reads the tables of the schema `public`; those of the queue are pg-boss' own. */
export async function readCatalog(dataSource: DataSource): Promise<SchemaCatalog> {
  const columns = await dataSource.query<ColumnFacts[]>(`
    SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
           a.attnotnull AS "notNull", a.atthasdef OR a.attidentity <> '' AS optional
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
      AND c.relname <> 'migrations'
    ORDER BY 1, 2`);
  const rules = await dataSource.query<RuleFacts[]>(`
    SELECT r.relname AS "table", substring(pg_get_indexdef(i.indexrelid) FROM ' USING .*') AS definition,
           true AS "isUnique",
           ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = ANY (i.indkey::int2[])) AS columns
    FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid
    WHERE r.relnamespace = 'public'::regnamespace AND i.indisunique AND r.relname <> 'migrations'
    UNION ALL
    SELECT r.relname, pg_get_constraintdef(k.oid), false,
           ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = ANY (k.conkey))
    FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid
    WHERE r.relnamespace = 'public'::regnamespace AND k.contype IN ('c', 'f')
    ORDER BY 1, 2`);
  return { columns, rules };
}

/** What a program that was written for `before` may fail over on `after`; empty when `after` only adds. */
export function incompatibilities(before: SchemaCatalog, after: SchemaCatalog): string[] {
  return [...brokenColumns(before, after), ...brokenRules(before, after)];
}

function brokenColumns(before: SchemaCatalog, after: SchemaCatalog): string[] {
  const problems: string[] = [];
  const later = new Map(after.columns.map((column) => [keyOf(column), column]));
  for (const column of before.columns) {
    const now = later.get(keyOf(column));
    if (now === undefined) problems.push(`${keyOf(column)} is gone`);
    else if (now.type !== column.type)
      problems.push(`${keyOf(column)} was ${column.type} and is ${now.type}`);
    else if (now.notNull && !column.notNull) problems.push(`${keyOf(column)} may no longer be null`);
    else if (column.optional && !now.optional) problems.push(`${keyOf(column)} has no default any more`);
  }
  const tables = tablesOf(before);
  const known = new Set(before.columns.map(keyOf));
  for (const column of after.columns) {
    const isNew = tables.has(column.table) && !known.has(keyOf(column));
    if (isNew && column.notNull && !column.optional) {
      problems.push(`${keyOf(column)} is new, must not be null and has no default`);
    }
  }
  return problems;
}

function brokenRules(before: SchemaCatalog, after: SchemaCatalog): string[] {
  const problems: string[] = [];
  const textOf = ({ table, definition }: RuleFacts): string => `${table}: ${definition}`;
  const [earlier, later] = [new Set(before.rules.map(textOf)), new Set(after.rules.map(textOf))];
  const tables = tablesOf(before);
  const known = new Set(before.columns.map(keyOf));
  for (const rule of before.rules) {
    // ON CONFLICT needs the unique index that it names; a check or a foreign key that is gone allows more.
    if (rule.isUnique && !later.has(textOf(rule))) problems.push(`${textOf(rule)} is unique no more`);
  }
  for (const rule of after.rules) {
    if (!tables.has(rule.table) || earlier.has(textOf(rule))) continue;
    // Of new columns alone: whoever does not know them leaves them out.
    const concernsOld = rule.columns.some((name) => known.has(keyOf({ table: rule.table, name })));
    if (concernsOld) problems.push(`${textOf(rule)} is new, and rows of the release before may break it`);
  }
  return problems;
}

function keyOf({ table, name }: Pick<ColumnFacts, 'table' | 'name'>): string {
  return `${table}.${name}`;
}

function tablesOf({ columns }: SchemaCatalog): Set<string> {
  return new Set(columns.map(({ table }) => table));
}
