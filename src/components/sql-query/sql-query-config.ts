import type { JsonObject } from '../../engine/core/json';

const MAX_SQL_LENGTH = 100_000;
const DEFAULT_ROWS = 1_000;
const MOST_ROWS = 10_000;
const DEFAULT_SECONDS = 30;
const LEAST_SECONDS = 0.1;
/** As long as a step may run that sets no limit of its own. */
const MOST_SECONDS = 300;

/** A configuration of `sql_query` with everything in its place; absent fields have their defaults. */
export interface SqlQueryFields {
  readonly databaseId: string;
  readonly sql: string;
  readonly maxRows: number;
  readonly timeoutSeconds: number;
  readonly allowTruncation: boolean;
  readonly readOnly: boolean;
}

export const SQL_QUERY_SCHEMA: JsonObject = {
  type: 'object',
  title: 'SQL query',
  required: ['type', 'external_db_config_id', 'sql'],
  additionalProperties: false,
  properties: {
    type: { const: 'sql_query' },
    external_db_config_id: {
      type: 'string',
      format: 'uuid',
      description: 'The external database configuration to use.',
    },
    sql: {
      type: 'string',
      minLength: 1,
      maxLength: MAX_SQL_LENGTH,
      description:
        'One statement; `:name` where a value of the inputs belongs. Values are bound, they never become part of the text.',
    },
    max_rows: { type: 'integer', minimum: 1, maximum: MOST_ROWS, default: DEFAULT_ROWS },
    timeout_seconds: {
      type: 'number',
      minimum: LEAST_SECONDS,
      maximum: MOST_SECONDS,
      default: DEFAULT_SECONDS,
      description: 'After which the statement is ended, on the server too.',
    },
    allow_truncation: {
      type: 'boolean',
      default: false,
      description: 'Whether rows beyond the limits are left out; otherwise they are an error.',
    },
    read_only: {
      type: 'boolean',
      default: true,
      description: 'False lets the statement write, if the database configuration has `allow_writes` too.',
    },
  },
};

/** Reads a configuration that has passed the schema. */
export function readFields(config: JsonObject): SqlQueryFields {
  return {
    databaseId: (config.external_db_config_id as string).toLowerCase(),
    sql: config.sql as string,
    maxRows: (config.max_rows as number | undefined) ?? DEFAULT_ROWS,
    timeoutSeconds: (config.timeout_seconds as number | undefined) ?? DEFAULT_SECONDS,
    allowTruncation: config.allow_truncation === true,
    readOnly: config.read_only !== false,
  };
}
