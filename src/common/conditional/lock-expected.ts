import { assertExpected, type ExpectedRevisions } from './expected-revisions';

/** The least that a transaction offers. */
interface Transaction {
  query(text: string, values: readonly unknown[]): Promise<unknown[]>;
}

/**
 * Locks a resource until the caller's transaction ends, if it has a revision that is expected.
 *
 * @param table has columns `id` and `revision`
 * @returns false when there is no such resource
 * @throws AppError PRECONDITION_FAILED
 */
export async function lockExpected(
  transaction: Transaction,
  table: string,
  id: string,
  expected: ExpectedRevisions,
): Promise<boolean> {
  const rows = await transaction.query(`SELECT revision FROM ${table} WHERE id = $1 FOR UPDATE`, [id]);
  const [row] = rows as { readonly revision: number }[];
  if (row === undefined) return false;
  assertExpected(expected, row.revision);
  return true;
}
