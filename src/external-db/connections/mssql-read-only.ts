import { AppError } from '../../common/errors/app-error';

/**
 * Words of Transact-SQL that write, end a transaction, or run what the scanner cannot see. All but a few are reserved
 * ("Reserved Keywords (Transact-SQL)"): as a name they stand in brackets, so one in the open is what it says.
 */
const WORDS_THAT_WRITE: ReadonlySet<string> = new Set([
  'ALTER',
  'BACKUP',
  'BEGIN',
  'BULK',
  'CHECKPOINT',
  'COMMIT',
  'CREATE',
  'DBCC',
  'DELETE',
  'DENY',
  'DROP',
  'EXEC',
  'EXECUTE',
  'GRANT',
  'INSERT',
  'INTO',
  'KILL',
  'MERGE',
  'OPENDATASOURCE',
  'OPENQUERY',
  'OPENROWSET',
  'RECONFIGURE',
  'RESTORE',
  'REVERT',
  'REVOKE',
  'ROLLBACK',
  'SAVE',
  'SET',
  'SETUSER',
  'SHUTDOWN',
  'TRAN',
  'TRANSACTION',
  'TRUNCATE',
  'UPDATE',
  'UPDATETEXT',
  'USE',
  'WRITETEXT',
]);

/**
 * Refuses a statement that may write.
 *
 * @param words those of the statement that are code, in upper case
 * @throws AppError FORBIDDEN
 */
export function refuseMssqlWrites(words: readonly string[]): void {
  const [first = ''] = words;
  // A procedure is called by its name alone when that stands first.
  if (first !== 'SELECT' && first !== 'WITH') {
    throw new AppError('FORBIDDEN', 'The statement may only read, so it must begin with SELECT or WITH');
  }
  const writing = words.find((word) => WORDS_THAT_WRITE.has(word));
  if (writing !== undefined)
    throw new AppError('FORBIDDEN', `The statement may only read, so not hold ${writing}`);
}
