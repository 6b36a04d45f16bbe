import type { DbType } from '../db-type';

/** How a kind of database writes what is no code, and its placeholders: what the scanner has to know of it. */
export interface SqlDialect {
  /** Opening characters of quoted texts and names, each with its closing one. A doubled closing one stands for itself. */
  readonly quotes: Readonly<Record<string, string>>;
  /** Quotes in which a backslash takes the next character's meaning. */
  readonly backslashIn: readonly string[];
  /** PostgreSQL's `E'…'`, in which a backslash does so, and `$tag$…$tag$`. */
  readonly hasPostgresStrings: boolean;
  readonly nestsComments: boolean;
  /** MySQL runs what stands in comments that begin with `/*!`: refused, since nothing here would look into them. */
  readonly runsComments: boolean;
  readonly hasHashComments: boolean;
  /** MySQL takes `--` for a comment only when a blank follows: `5--1` is 6. */
  readonly dashesNeedBlank: boolean;
  /** Placeholders of the database's own (a sticky pattern), which would not be bound: refused where code stands. */
  readonly foreignPlaceholder: RegExp | null;
  /** The placeholder of the parameter at a position, from 1. */
  placeholder(position: number): string;
  /** Whether a parameter that is used again takes its first position again. */
  readonly reusesPositions: boolean;
}

const MYSQL: SqlDialect = {
  quotes: { "'": "'", '"': '"', '`': '`' },
  backslashIn: ["'", '"'],
  hasPostgresStrings: false,
  nestsComments: false,
  runsComments: true,
  hasHashComments: true,
  dashesNeedBlank: true,
  foreignPlaceholder: /\?/y,
  placeholder: () => '?',
  reusesPositions: false,
};

/**
 * Sources: PostgreSQL "Lexical Structure", MySQL "Language Structure" and "Comments", SQLite "SQL Language
 * Expressions", Transact-SQL "Database identifiers" and "Slash star comments".
 */
export const SQL_DIALECTS: Readonly<Record<DbType, SqlDialect>> = {
  postgresql: {
    quotes: { "'": "'", '"': '"' },
    backslashIn: [],
    hasPostgresStrings: true,
    nestsComments: true,
    runsComments: false,
    hasHashComments: false,
    dashesNeedBlank: false,
    foreignPlaceholder: /\$\d+/y,
    placeholder: (position) => `$${position}`,
    reusesPositions: true,
  },
  mysql: MYSQL,
  mariadb: MYSQL,
  sqlite: {
    quotes: { "'": "'", '"': '"', '`': '`', '[': ']' },
    backslashIn: [],
    hasPostgresStrings: false,
    nestsComments: false,
    runsComments: false,
    hasHashComments: false,
    dashesNeedBlank: false,
    foreignPlaceholder: /\?\d*|[@$][A-Za-z_]\w*/y,
    placeholder: (position) => `?${position}`,
    reusesPositions: true,
  },
  mssql: {
    quotes: { "'": "'", '"': '"', '[': ']' },
    backslashIn: [],
    hasPostgresStrings: false,
    nestsComments: true,
    runsComments: false,
    hasHashComments: false,
    dashesNeedBlank: false,
    foreignPlaceholder: null,
    placeholder: (position) => `@p${position}`,
    reusesPositions: true,
  },
};
