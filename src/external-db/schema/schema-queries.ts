import type { DbType } from '../db-type';

/**
 * Two statements that read what a database holds, with `:schema` and `:table` (null: any) and `:rows` (at most).
 *
 * `columns`: schema, table, is_view, name, type, nullable, primary_key; in order of schema, table, position.
 * `foreignKeys`: schema, table, name, column, to_schema, to_table, to_column; in the same order, then by position.
 * Truth values are 0 or 1.
 */
export interface SchemaQueries {
  readonly columns: string;
  readonly foreignKeys: string;
}

const POSTGRESQL: SchemaQueries = {
  columns: `
    SELECT n.nspname AS schema, c.relname AS table, (c.relkind IN ('v', 'm'))::int AS is_view, a.attname AS name,
      format_type(a.atttypid, a.atttypmod) AS type, (NOT a.attnotnull)::int AS nullable,
      (a.attnum = ANY (coalesce(k.conkey, '{}')))::int AS primary_key
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND (:schema::text IS NULL OR n.nspname = :schema) AND (:table::text IS NULL OR c.relname = :table)
    ORDER BY n.nspname, c.relname, a.attnum
    LIMIT :rows`,
  foreignKeys: `
    SELECT n.nspname AS schema, c.relname AS table, k.conname AS name, a.attname AS column,
      tn.nspname AS to_schema, t.relname AS to_table, ta.attname AS to_column
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class t ON t.oid = k.confrelid
    JOIN pg_namespace tn ON tn.oid = t.relnamespace
    CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS pair (own, other, position)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own
    JOIN pg_attribute ta ON ta.attrelid = k.confrelid AND ta.attnum = pair.other
    WHERE k.contype = 'f' AND k.conparentid = 0
      AND (:schema::text IS NULL OR n.nspname = :schema) AND (:table::text IS NULL OR c.relname = :table)
    ORDER BY n.nspname, c.relname, k.conname, pair.position
    LIMIT :rows`,
};

/** A schema of MySQL is a database. Those of the server itself are left out, unless one of them is the configured one. */
const MYSQL_SCHEMAS = `(:schema IS NULL AND c.table_schema = database() OR c.table_schema = :schema)`;

const MYSQL: SchemaQueries = {
  columns: `
    SELECT c.table_schema AS \`schema\`, c.table_name AS \`table\`, t.table_type <> 'BASE TABLE' AS is_view,
      c.column_name AS name, c.column_type AS type, c.is_nullable = 'YES' AS nullable,
      c.column_key = 'PRI' AS primary_key
    FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE ${MYSQL_SCHEMAS} AND (:table IS NULL OR c.table_name = :table)
    ORDER BY c.table_schema, c.table_name, c.ordinal_position
    LIMIT :rows`,
  foreignKeys: `
    SELECT c.table_schema AS \`schema\`, c.table_name AS \`table\`, c.constraint_name AS name,
      c.column_name AS \`column\`, c.referenced_table_schema AS to_schema, c.referenced_table_name AS to_table,
      c.referenced_column_name AS to_column
    FROM information_schema.key_column_usage c
    WHERE c.referenced_table_name IS NOT NULL AND ${MYSQL_SCHEMAS} AND (:table IS NULL OR c.table_name = :table)
    ORDER BY c.table_schema, c.table_name, c.constraint_name, c.ordinal_position
    LIMIT :rows`,
};

/** The one schema of a SQLite file that can be reached. A key without columns means the other table's primary key. */
const SQLITE: SchemaQueries = {
  columns: `
    SELECT 'main' AS schema, m.name AS "table", m.type = 'view' AS is_view, c.name AS name, c.type AS type,
      NOT c."notnull" AND NOT c.pk AS nullable, c.pk > 0 AS primary_key
    FROM sqlite_schema m JOIN pragma_table_info(m.name) c
    WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
      AND (:schema IS NULL OR :schema = 'main') AND (:table IS NULL OR m.name = :table)
    ORDER BY m.name, c.cid
    LIMIT :rows`,
  foreignKeys: `
    SELECT 'main' AS schema, m.name AS "table", 'fk_' || k.id AS name, k."from" AS "column", 'main' AS to_schema,
      k."table" AS to_table, coalesce(k."to", (SELECT name FROM pragma_table_info(k."table") WHERE pk = k.seq + 1))
      AS to_column
    FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) k
    WHERE m.type = 'table' AND (:schema IS NULL OR :schema = 'main') AND (:table IS NULL OR m.name = :table)
    ORDER BY m.name, k.id, k.seq
    LIMIT :rows`,
};

const MSSQL: SchemaQueries = {
  columns: `
    SELECT TOP (:rows) s.name AS [schema], o.name AS [table], CASE o.type WHEN 'V' THEN 1 ELSE 0 END AS is_view,
      c.name AS name, t.name + CASE
        WHEN t.name IN ('nvarchar', 'nchar') AND c.max_length > 0 THEN CONCAT('(', c.max_length / 2, ')')
        WHEN t.name IN ('varchar', 'char', 'varbinary', 'binary') AND c.max_length > 0
          THEN CONCAT('(', c.max_length, ')')
        WHEN c.max_length = -1 THEN '(max)'
        WHEN t.name IN ('decimal', 'numeric') THEN CONCAT('(', c.precision, ',', c.scale, ')')
        ELSE '' END AS type,
      CAST(c.is_nullable AS int) AS nullable,
      CASE WHEN EXISTS (
        SELECT 1 FROM sys.indexes i
        JOIN sys.index_columns ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id
        WHERE i.object_id = o.object_id AND i.is_primary_key = 1 AND ic.column_id = c.column_id
      ) THEN 1 ELSE 0 END AS primary_key
    FROM sys.objects o
    JOIN sys.schemas s ON s.schema_id = o.schema_id
    JOIN sys.columns c ON c.object_id = o.object_id
    JOIN sys.types t ON t.user_type_id = c.user_type_id
    WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0
      AND (:schema IS NULL OR s.name = :schema) AND (:table IS NULL OR o.name = :table)
    ORDER BY s.name, o.name, c.column_id`,
  foreignKeys: `
    SELECT TOP (:rows) SCHEMA_NAME(o.schema_id) AS [schema], o.name AS [table], k.name AS name, pc.name AS [column],
      SCHEMA_NAME(r.schema_id) AS to_schema, r.name AS to_table, rc.name AS to_column
    FROM sys.foreign_keys k
    JOIN sys.foreign_key_columns p ON p.constraint_object_id = k.object_id
    JOIN sys.objects o ON o.object_id = k.parent_object_id
    JOIN sys.objects r ON r.object_id = k.referenced_object_id
    JOIN sys.columns pc ON pc.object_id = p.parent_object_id AND pc.column_id = p.parent_column_id
    JOIN sys.columns rc ON rc.object_id = p.referenced_object_id AND rc.column_id = p.referenced_column_id
    WHERE (:schema IS NULL OR SCHEMA_NAME(o.schema_id) = :schema) AND (:table IS NULL OR o.name = :table)
    ORDER BY [schema], [table], k.name, p.constraint_column_id`,
};

export const SCHEMA_QUERIES: Readonly<Record<DbType, SchemaQueries>> = {
  postgresql: POSTGRESQL,
  mysql: MYSQL,
  mariadb: MYSQL,
  sqlite: SQLITE,
  mssql: MSSQL,
};
