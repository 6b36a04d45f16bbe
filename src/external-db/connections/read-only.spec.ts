import type { DbType } from '../db-type';
import { bindParameters } from '../sql/bind-parameters';
import { SQL_DIALECTS } from '../sql/sql-dialect';
import { refuseMssqlWrites } from './mssql-read-only';
import { refuseMysqlWrites } from './mysql-read-only';

function codeOf(dbType: DbType, sql: string): string {
  const bound = bindParameters(sql, {}, SQL_DIALECTS[dbType]);
  if (!bound.ok) return 'INVALID_REQUEST';
  try {
    if (dbType === 'mssql') refuseMssqlWrites(bound.value.words);
    else refuseMysqlWrites(bound.value.words);
    return 'passes';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

it.each([
  'SELECT 1',
  '  ( select 1 )',
  '-- first\nWITH a AS (SELECT 1) SELECT * FROM a',
  'SHOW TABLES',
  'DESCRIBE t',
  'EXPLAIN SELECT 1',
  "SELECT 'INTO OUTFILE', `outfile`",
])('passes for MySQL, to read: %s', (sql) => {
  expect(codeOf('mysql', sql)).toBe('passes');
});

it.each([
  'DROP TABLE t',
  'CALL p()',
  'SET GLOBAL x = 1',
  'COMMIT',
  'LOCK TABLES t WRITE',
  'TRUNCATE t',
  'GRANT ALL ON *.* TO x',
  "LOAD DATA INFILE 'x' INTO TABLE t",
  'DO sleep(1)',
  'HANDLER t OPEN',
  "SELECT 1 INTO OUTFILE '/tmp/x'",
  "SELECT 1 into dumpfile '/tmp/x'",
])('is refused for MySQL: %s', (sql) => {
  expect(codeOf('mysql', sql)).toBe('FORBIDDEN');
});

it.each([
  'SELECT TOP (5) [update], "drop" FROM t -- delete',
  'WITH a AS (SELECT 1 AS x) SELECT * FROM a ORDER BY x OFFSET 5 ROWS',
  "SELECT 'exec'",
])('passes for SQL Server, to read: %s', (sql) => {
  expect(codeOf('mssql', sql)).toBe('passes');
});

it.each([
  'DELETE FROM t',
  'SELECT 1 DROP TABLE t',
  'SELECT 1\nCOMMIT\nDROP TABLE t',
  'SELECT * INTO copy FROM t',
  'WITH a AS (SELECT 1 AS x) UPDATE t SET x = 2',
  "EXEC('DROP TABLE t')",
  "SELECT 1 EXECUTE sp_executesql N'DROP TABLE t'",
  'sp_who',
  "SELECT * FROM OPENROWSET('a', 'b', 'c')",
  'DECLARE @x int',
])('is refused for SQL Server: %s', (sql) => {
  expect(codeOf('mssql', sql)).toBe('FORBIDDEN');
});
