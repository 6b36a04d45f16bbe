import type { JsonObject } from '../../engine/core/json';
import { DB_TYPES, type DbType } from '../db-type';
import { bindParameters, type BoundStatement } from './bind-parameters';
import { SQL_DIALECTS } from './sql-dialect';
import { expectBounded } from '../../../test/support/expect-bounded';

function bind(dbType: DbType, sql: string, parameters: JsonObject = {}): BoundStatement {
  const bound = bindParameters(sql, parameters, SQL_DIALECTS[dbType]);
  if (!bound.ok) throw new Error(JSON.stringify(bound.error));
  return bound.value;
}

function faultsOf(dbType: DbType, sql: string, parameters: JsonObject = {}): string[] {
  const bound = bindParameters(sql, parameters, SQL_DIALECTS[dbType]);
  return bound.ok ? [] : bound.error.map(({ path, message }) => `${path} ${message}`);
}

describe('placeholders', () => {
  it.each<[DbType, string, unknown[]]>([
    ['postgresql', 'SELECT $1, $2, $1', [1, 'b']],
    ['sqlite', 'SELECT ?1, ?2, ?1', [1, 'b']],
    ['mssql', 'SELECT @p1, @p2, @p1', [1, 'b']],
    ['mysql', 'SELECT ?, ?, ?', [1, 'b', 1]],
    ['mariadb', 'SELECT ?, ?, ?', [1, 'b', 1]],
  ])('of %s stand for the names', (dbType, text, values) => {
    const bound = bind(dbType, 'SELECT :a, :b, :a', { a: 1, b: 'b' });
    expect([bound.text, bound.values]).toEqual([text, values]);
  });

  it.each(DB_TYPES)('of %s never hold a value', (dbType) => {
    const value = "x'; DROP TABLE t; --";
    const bound = bind(dbType, 'SELECT * FROM t WHERE a = :v', { v: value });
    expect(bound.text).not.toContain('DROP');
    expect(bound.values).toEqual([value]);
  });

  it('take null, and names of the prototype that are given', () => {
    expect(bind('postgresql', 'SELECT :constructor', { constructor: null }).values).toEqual([null]);
    expect(faultsOf('postgresql', 'SELECT :constructor')).toEqual([
      'parameters.constructor must be given: the statement names :constructor',
    ]);
  });
});

/** Statements in which nothing but `:a` is a parameter, and which are one statement. */
const CODE: readonly [DbType, string][] = [
  ...DB_TYPES.flatMap((dbType): [DbType, string][] => [
    [dbType, "SELECT ':x;' , :a"],
    [dbType, "SELECT 'it''s :x;', :a"],
    [dbType, 'SELECT ":x;" , :a'],
    [dbType, 'SELECT -- :x;\n :a'],
    [dbType, 'SELECT /* :x; */ :a'],
    [dbType, 'SELECT :a /* ; */ ; -- ;'],
    [dbType, 'SELECT :a;;'],
    [dbType, 'SELECT :a -- no end of the line'],
    [dbType, 'SELECT 1::x, :a'],
    [dbType, 'SELECT 1 : :a'],
  ]),
  ['postgresql', 'SELECT :a::int, x::"t :x"'],
  ['postgresql', "SELECT E'it\\':x;', :a"],
  ['postgresql', "SELECT e'\\\\', :a"],
  ['postgresql', "SELECT 'back\\', :a, ':x'"],
  ['postgresql', "SELECT name'x', :a"],
  ['postgresql', 'SELECT $$ :x; $$, $t$ $$ :x; $t$, :a'],
  ['postgresql', 'SELECT a$1$b, :a'],
  ['postgresql', 'SELECT /* a /* :x */ :x; */ :a'],
  ['postgresql', 'SELECT x[1:2], :a'],
  ['postgresql', 'SELECT \'{"k":"v"}\'::jsonb ? \'k\', :a'],
  ['postgresql', 'SELECT f(p := 1, q => :a)'],
  ['mysql', "SELECT 'it\\':x;', :a"],
  ['mysql', 'SELECT "it\\":x;", :a'],
  ['mysql', 'SELECT `:x;`, `a``:x`, :a'],
  ['mysql', 'SELECT :a # :x;'],
  ['mysql', 'SELECT 5--:a'],
  ['mysql', 'SELECT @v := :a'],
  ['mysql', 'SELECT /* /* :x; */ :a'],
  ['sqlite', 'SELECT [:x;], `:x`, :a'],
  ['sqlite', "SELECT 'back\\', :a"],
  ['mssql', 'SELECT [:x;]]:x], geography::Parse(:a)'],
  ['mssql', 'SELECT /* a /* :x */ :x; */ @@VERSION, @mine, :a'],
];

it.each(CODE)('finds the one parameter of %s: %s', (dbType, sql) => {
  const { text, values } = bind(dbType, sql, { a: 7 });
  expect(values).toEqual([7]);
  expect(text).toBe(sql.replace(/:a(?!\w)/, SQL_DIALECTS[dbType].placeholder(1)));
});

it.each<[DbType, string, string]>([
  ['postgresql', 'SELECT 1; SELECT 2', 'sql must be one statement: another one begins at character 11'],
  ['postgresql', ' ; ; ', 'sql must hold a statement'],
  ['postgresql', '-- nothing', 'sql must hold a statement'],
  ['postgresql', "SELECT 'x", "sql at character 8: the ' here is never closed"],
  ['postgresql', 'SELECT $a$x', 'sql at character 8: the $a$ here is never closed'],
  ['postgresql', 'SELECT /* /* */', 'sql at character 8: the comment here is never closed'],
  [
    'postgresql',
    'SELECT $1',
    'sql at character 8: the placeholder $1 is not taken here: write :name, and give its value in parameters',
  ],
  [
    'mysql',
    'SELECT 1 /*!50000 , 2 */',
    'sql at character 10: a comment that the server runs is not taken here',
  ],
  [
    'mariadb',
    'SELECT 1 /*M! , 2 */',
    'sql at character 10: a comment that the server runs is not taken here',
  ],
  [
    'mysql',
    'SELECT ?',
    'sql at character 8: the placeholder ? is not taken here: write :name, and give its value in parameters',
  ],
  [
    'sqlite',
    'SELECT @xyz',
    'sql at character 8: the placeholder @xyz is not taken here: write :name, and give its value in parameters',
  ],
])('refuses for %s: %s', (dbType, sql, fault) => {
  expect(faultsOf(dbType, sql)).toEqual([fault]);
});

it('names every parameter that is missing or not used', () => {
  expect(faultsOf('mysql', 'SELECT :a, :b', { b: 1, c: 2 })).toEqual([
    'parameters.a must be given: the statement names :a',
    'parameters.c is not used: the statement does not name :c',
  ]);
});

it('finds the place in the statement as written', () => {
  const sql = 'SELECT :first, :second, nope';
  const { text, originalOffset } = bind('postgresql', sql, { first: 1, second: 2 });
  expect(originalOffset(text.indexOf('nope'))).toBe(sql.indexOf('nope'));
  expect(originalOffset(text.indexOf('SELECT'))).toBe(0);
  expect(originalOffset(text.indexOf(','))).toBe(sql.indexOf(','));
});

it('gives the words that are code', () => {
  expect(bind('mssql', 'SELECT [drop], \'commit\' AS "exec" -- go\nfrom Größe').words).toEqual([
    'SELECT',
    'AS',
    'FROM',
    'GRÖSSE',
  ]);
});

it('reads a long statement in time that grows with its length only', () => {
  const sql = `SELECT ${"'a''b', ".repeat(60_000)} :a`;
  expect(expectBounded(() => bind('postgresql', sql, { a: 1 })).values).toEqual([1]);
});
