import type { Issue } from '../../engine/core/issue';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import { fail, ok, type Result } from '../../engine/core/result';
import { type ScanFault, scanSql, type SqlToken } from './scan-sql';
import type { SqlDialect } from './sql-dialect';

/** A statement as a driver takes it: placeholders of the database, and a value for each. */
export interface BoundStatement {
  readonly text: string;
  readonly values: readonly JsonValue[];
  /** The words of the statement outside of texts, quoted names and comments, in upper case. */
  readonly words: readonly string[];
  /** Turns an offset in `text` into one of the statement as it was written. */
  readonly originalOffset: (offset: number) => number;
}

/**
 * Puts the database's placeholders in the place of `:name` and lines their values up. No value ever becomes part of
 * the text. Faults: a statement that is none or more than one, a parameter without a value, a value without its
 * parameter, what cannot be scanned.
 */
export function bindParameters(
  sql: string,
  parameters: JsonObject,
  dialect: SqlDialect,
): Result<BoundStatement, Issue[]> {
  const scanned = scanSql(sql, dialect);
  if (!scanned.ok) return fail([scanIssue(scanned.error)]);
  const tokens = scanned.value;
  const issues = [...countIssues(tokens), ...parameterIssues(sql, tokens, parameters)];
  if (issues.length > 0) return fail(issues);
  return ok(translate(sql, tokens, parameters, dialect));
}

/** What is wrong with a statement by itself, before there are values for it. */
export function statementIssues(sql: string, dialect: SqlDialect): Issue[] {
  const scanned = scanSql(sql, dialect);
  return scanned.ok ? countIssues(scanned.value) : [scanIssue(scanned.error)];
}

function scanIssue({ offset, message }: ScanFault): Issue {
  return { path: 'sql', message: `at character ${offset + 1}: ${message}` };
}

function countIssues(tokens: readonly SqlToken[]): Issue[] {
  const first = tokens.findIndex(({ kind }) => kind === 'semicolon');
  const statement = first === -1 ? tokens : tokens.slice(0, first);
  if (statement.length === 0) return [{ path: 'sql', message: 'must hold a statement' }];
  const next = first === -1 ? undefined : tokens.slice(first).find(({ kind }) => kind !== 'semicolon');
  if (next === undefined) return [];
  return [
    { path: 'sql', message: `must be one statement: another one begins at character ${next.start + 1}` },
  ];
}

function parameterIssues(sql: string, tokens: readonly SqlToken[], parameters: JsonObject): Issue[] {
  const named = new Set(tokens.filter(isParameter).map((token) => nameOf(sql, token)));
  const missing = [...named].filter((name) => !Object.hasOwn(parameters, name));
  const unused = Object.keys(parameters).filter((name) => !named.has(name));
  return [
    ...missing.map((name) => ({
      path: `parameters.${name}`,
      message: `must be given: the statement names :${name}`,
    })),
    ...unused.map((name) => ({
      path: `parameters.${name}`,
      message: `is not used: the statement does not name :${name}`,
    })),
  ];
}

function translate(
  sql: string,
  tokens: readonly SqlToken[],
  parameters: JsonObject,
  dialect: SqlDialect,
): BoundStatement {
  const values: JsonValue[] = [];
  const positions = new Map<string, number>();
  /** Where each placeholder ends: in the text, and in the statement as written. */
  const marks: { readonly after: number; readonly original: number }[] = [];
  let text = '';
  let copied = 0;
  for (const token of tokens.filter(isParameter)) {
    const name = nameOf(sql, token);
    let position = dialect.reusesPositions ? positions.get(name) : undefined;
    if (position === undefined) {
      position = values.push(parameters[name] ?? null);
      positions.set(name, position);
    }
    text += sql.slice(copied, token.start) + dialect.placeholder(position);
    copied = token.end;
    marks.push({ after: text.length, original: token.end });
  }
  text += sql.slice(copied);
  return {
    text,
    values,
    words: tokens
      .filter(({ kind }) => kind === 'word')
      .map(({ start, end }) => sql.slice(start, end).toUpperCase()),
    originalOffset: (offset) => {
      const mark = marks.findLast(({ after }) => after <= offset);
      return mark === undefined ? offset : offset - mark.after + mark.original;
    },
  };
}

function isParameter({ kind }: SqlToken): boolean {
  return kind === 'parameter';
}

/** Without the colon. */
function nameOf(sql: string, { start, end }: SqlToken): string {
  return sql.slice(start + 1, end);
}
