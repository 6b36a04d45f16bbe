/** The parts of a statement for one page of a list, newest first. */
export interface PageStatementParts {
  /** The columns to send, as SQL. They must hold `id` and `"createdAt"`. */
  readonly columns: string;
  /** The listed table with its alias, as SQL: what is counted and filtered. */
  readonly from: string;
  /** Joins that only the page's rows need, as SQL; they must keep exactly one row for each. */
  readonly joins?: string;
  /** Conditions on `from`, as SQL with `$1` … `$n`. */
  readonly where: readonly string[];
  /** The length of the whole list, as an SQL value, where it is known without counting the rows. */
  readonly total?: string;
  /** The alias whose `created_at` and `id` order the list. */
  readonly alias: string;
}

/** A row of a page statement: an empty page still has one row, which carries the total and a null `id`. */
export type PageRow<Row> = (Row | { [Column in keyof Row]: null }) & { readonly total: number };

/**
 * One statement for a page and the total count, because a second round trip costs more than the rest of a list
 * (toolchain.md). The caller appends `limit`, then `skip` to the conditions' values.
 *
 * @param valueCount how many values the conditions use
 */
export function pageStatement(parts: PageStatementParts, valueCount: number): string {
  return statement(parts, `LIMIT $${valueCount + 1} OFFSET $${valueCount + 2}`);
}

/**
 * The same for the first page of a list without values: a text for each `limit`, to be prepared. With a parameter for
 * it, PostgreSQL takes a tenth of the table to be wanted, and plans anew each time to do better.
 */
export function firstPageStatement(parts: PageStatementParts, limit: number): string {
  return statement(parts, `LIMIT ${Math.trunc(limit)}`);
}

function statement(parts: PageStatementParts, range: string): string {
  const { columns, from, joins = '', alias } = parts;
  const where = parts.where.length === 0 ? 'true' : parts.where.join(' AND ');
  const total = parts.total ?? `(SELECT count(*) FROM ${from} WHERE ${where})`;
  return `
    SELECT counted.total, page.*
    FROM (SELECT (${total})::int AS total) AS counted
    LEFT JOIN (
      SELECT ${columns} FROM ${from} ${joins} WHERE ${where}
      ORDER BY ${alias}.created_at DESC, ${alias}.id DESC
      ${range}
    ) AS page ON true
    ORDER BY page."createdAt" DESC, page.id DESC`;
}

/** Splits a page statement's rows into the list and the total. */
export function readPageRows<Row extends { readonly id: string }>(
  rows: readonly PageRow<Row>[],
): { rows: Row[]; total: number } {
  const listed = rows.filter((row): row is Row & { readonly total: number } => row.id !== null);
  return { rows: listed, total: rows[0]?.total ?? 0 };
}
