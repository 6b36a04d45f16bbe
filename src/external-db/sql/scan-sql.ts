import { fail, ok, type Result } from '../../engine/core/result';
import type { SqlDialect } from './sql-dialect';

/** A part of a statement that matters: all else (texts, quoted names, comments, operators) is passed over. */
export interface SqlToken {
  readonly kind: 'parameter' | 'semicolon' | 'word' | 'code';
  /** Offset in the statement, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** Why a statement cannot be read. */
export interface ScanFault {
  readonly offset: number;
  readonly message: string;
}

const NAME = /[A-Za-z_]\w*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const NUMBER = /\d[\w.]*/y;
const BLANK = /\s+/y;
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

/**
 * Finds the tokens of a statement: `:name` where code stands, semicolons, words, other code. It reads just enough of
 * the dialect to know where code stands; whether the statement is right is for the database to say.
 */
export function scanSql(sql: string, dialect: SqlDialect): Result<readonly SqlToken[], ScanFault> {
  const scanner = new Scanner(sql, dialect);
  const tokens: SqlToken[] = [];
  while (!scanner.isAtEnd) {
    const token = scanner.next();
    if (scanner.fault !== null) return fail(scanner.fault);
    if (token !== null) tokens.push(token);
  }
  return ok(tokens);
}

class Scanner {
  fault: ScanFault | null = null;
  private offset = 0;

  constructor(
    private readonly sql: string,
    private readonly dialect: SqlDialect,
  ) {}

  get isAtEnd(): boolean {
    return this.offset >= this.sql.length;
  }

  /** Reads on by one token, or by something that is none. */
  next(): SqlToken | null {
    const start = this.offset;
    if (this.match(BLANK) !== null || this.skipComment() || this.skipDollarQuoted()) return null;
    const quote = this.sql.charAt(start);
    if (quote in this.dialect.quotes) return this.quoted(quote, this.dialect.backslashIn.includes(quote));
    if (this.sql.startsWith('::', start)) return this.code(2);
    if (quote === ':') return this.colon();
    if (quote === ';') return this.token('semicolon', 1);
    this.refuseForeignPlaceholder();
    const word = this.match(WORD);
    if (word !== null) return this.word(word, start);
    return this.match(NUMBER) === null ? this.code(1) : { kind: 'code', start, end: this.offset };
  }

  private word(word: string, start: number): SqlToken | null {
    const isEscapeString =
      this.dialect.hasPostgresStrings && /^e$/i.test(word) && this.sql.charAt(this.offset) === "'";
    return isEscapeString ? this.quoted("'", true) : { kind: 'word', start, end: this.offset };
  }

  private colon(): SqlToken {
    const start = this.offset;
    this.offset += 1;
    const kind = this.match(NAME) === null ? 'code' : 'parameter';
    return { kind, start, end: this.offset };
  }

  private quoted(open: string, takesBackslash: boolean): SqlToken | null {
    const start = this.offset;
    const close = this.dialect.quotes[open] ?? open;
    for (let at = start + 1; at < this.sql.length; at += 1) {
      const character = this.sql.charAt(at);
      if (takesBackslash && character === '\\') at += 1;
      else if (character === close) {
        if (this.sql.charAt(at + 1) !== close) {
          this.offset = at + 1;
          return { kind: 'code', start, end: this.offset };
        }
        at += 1;
      }
    }
    return this.fail(start, `the ${open} here is never closed`);
  }

  private skipComment(): boolean {
    const { sql, offset, dialect } = this;
    const isDashes =
      sql.startsWith('--', offset) &&
      (!dialect.dashesNeedBlank || /^--(\s|$)/.test(sql.slice(offset, offset + 3)));
    if (isDashes || (dialect.hasHashComments && sql.charAt(offset) === '#')) {
      const end = sql.indexOf('\n', offset);
      this.offset = end === -1 ? sql.length : end + 1;
      return true;
    }
    if (!sql.startsWith('/*', offset)) return false;
    if (dialect.runsComments && /^\/\*M?!/.test(sql.slice(offset, offset + 4))) {
      this.fail(offset, 'a comment that the server runs is not taken here');
    } else {
      this.skipBlockComment();
    }
    return true;
  }

  private skipBlockComment(): void {
    const start = this.offset;
    let depth = 0;
    for (let at = start; at < this.sql.length; at += 1) {
      if (this.sql.startsWith('/*', at) && (depth === 0 || this.dialect.nestsComments)) depth += 1;
      else if (this.sql.startsWith('*/', at)) depth -= 1;
      else continue;
      at += 1;
      if (depth === 0) {
        this.offset = at + 1;
        return;
      }
    }
    this.fail(start, 'the comment here is never closed');
  }

  private skipDollarQuoted(): boolean {
    if (!this.dialect.hasPostgresStrings) return false;
    const start = this.offset;
    const tag = this.match(DOLLAR_TAG);
    if (tag === null) return false;
    const end = this.sql.indexOf(tag, this.offset);
    if (end === -1) this.fail(start, `the ${tag} here is never closed`);
    else this.offset = end + tag.length;
    return true;
  }

  private refuseForeignPlaceholder(): void {
    const { foreignPlaceholder } = this.dialect;
    const offset = this.offset;
    const found = foreignPlaceholder === null ? null : this.match(foreignPlaceholder);
    if (found === null) return;
    this.fault = {
      offset,
      message: `the placeholder ${found} is not taken here: write :name, and give its value in parameters`,
    };
  }

  private fail(offset: number, message: string): null {
    this.fault = { offset, message };
    this.offset = this.sql.length;
    return null;
  }

  private code(length: number): SqlToken {
    return this.token('code', length);
  }

  private token(kind: SqlToken['kind'], length: number): SqlToken {
    const start = this.offset;
    this.offset += length;
    return { kind, start, end: this.offset };
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.offset;
    const [text] = pattern.exec(this.sql) ?? [];
    if (text === undefined) return null;
    this.offset += text.length;
    return text;
  }
}
