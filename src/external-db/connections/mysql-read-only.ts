import { AppError } from '../../common/errors/app-error';

/** What a statement that reads begins with. */
const FIRST_WORDS: ReadonlySet<string> = new Set([
  'SELECT',
  'WITH',
  'VALUES',
  'TABLE',
  'SHOW',
  'DESCRIBE',
  'DESC',
  'EXPLAIN',
]);

/** `SELECT … INTO OUTFILE` and `INTO DUMPFILE` write files of the server. */
const FILE_WORDS: readonly string[] = ['OUTFILE', 'DUMPFILE'];

/**
 * Refuses what a transaction that may only read lets through: MariaDB runs `DROP TABLE` in one, and the statements
 * that commit by themselves end it first.
 *
 * @param words those of the statement that are code, in upper case
 * @throws AppError FORBIDDEN
 */
export function refuseMysqlWrites(words: readonly string[]): void {
  const [first = ''] = words;
  if (!FIRST_WORDS.has(first)) {
    const allowed = [...FIRST_WORDS].join(', ');
    throw new AppError('FORBIDDEN', `The statement may only read, so it must begin with one of ${allowed}`);
  }
  const written = FILE_WORDS.find((word) => words.includes(word));
  if (written !== undefined)
    throw new AppError('FORBIDDEN', `The statement may only read, so not hold ${written}`);
}
