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

/** The words of a statement that it may not hold while it may only read; also its first, when it is no query. */
export function wordsThatWrite(words: readonly string[]): string[] {
  const [first] = words;
  const found = new Set(words.filter((word) => WORDS_THAT_WRITE.has(word)));
  // A procedure is called by its name alone when that stands first.
  if (first !== undefined && first !== 'SELECT' && first !== 'WITH') found.add(first);
  return [...found];
}
