/** PostgreSQL's SQLSTATE unique_violation. */
const UNIQUE_VIOLATION = '23505';

/** Whether `error` says that a row would break the unique index or constraint `name`. */
export function violatesUnique(error: unknown, name: string): boolean {
  if (!(error instanceof Error)) return false;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === UNIQUE_VIOLATION && constraint === name;
}
