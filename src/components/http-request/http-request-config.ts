import type { JsonObject, JsonValue } from '../../engine/core/json';
import { TIMEOUT_SECONDS_SCHEMA } from '../time-limit';
import { type Pagination, PAGINATION_SCHEMA, readPagination } from './pagination-config';

/** The default and the most of an answer's body, in bytes: a step's output is stored and shown. */
export const DEFAULT_MAX_BYTES = 1024 * 1024;
export const MOST_MAX_BYTES = 4 * 1024 * 1024;

export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** A configuration with everything in its place, its templates not yet rendered; absent fields have their defaults. */
export interface HttpRequestFields {
  readonly method: string;
  readonly headers: JsonObject;
  readonly query: JsonObject;
  readonly body: JsonValue | undefined;
  readonly expectStatus: readonly number[] | null;
  readonly maxBytes: number;
  readonly timeoutSeconds: number | undefined;
  /** Null: there is one answer. */
  readonly pagination: Pagination | null;
}

const statusSchema = { type: 'integer', minimum: 100, maximum: 599 };

export const HTTP_REQUEST_SCHEMA: JsonObject = {
  type: 'object',
  title: 'HTTP request',
  required: ['type', 'url'],
  additionalProperties: false,
  properties: {
    type: { const: 'http_request' },
    method: { type: 'string', enum: [...HTTP_METHODS], default: 'GET' },
    url: {
      type: 'string',
      minLength: 1,
      maxLength: 8192,
      description:
        'Absolute http or https address. `${{ inputs.x }}` in its path or query is percent-encoded; in the host it may hold letters, digits, dots and hyphens only.',
    },
    headers: {
      type: 'object',
      maxProperties: 64,
      additionalProperties: { type: 'string', maxLength: 8192 },
      description:
        'Header fields; values may hold `${{ inputs.x }}`. `Idempotency-Key` and `Fencing-Token` are sent unless set here.',
    },
    query: {
      type: 'object',
      maxProperties: 64,
      description:
        'Added to the query of the address: text, numbers, booleans, or lists of them. Null leaves one out.',
    },
    body: {
      description:
        'Text is sent as it is; any other value as JSON. Strings in it may hold `${{ inputs.x }}`.',
    },
    expect_status: {
      description: 'Statuses that are a success; by default 200 to 299.',
      oneOf: [statusSchema, { type: 'array', items: statusSchema, minItems: 1, maxItems: 100 }],
    },
    max_bytes: {
      type: 'integer',
      minimum: 1,
      maximum: MOST_MAX_BYTES,
      default: DEFAULT_MAX_BYTES,
      description:
        'Most bytes of the answer’s body, of all pages together, after decompression; more fails with OUTPUT_TOO_LARGE.',
    },
    timeout_seconds: TIMEOUT_SECONDS_SCHEMA,
    pagination: PAGINATION_SCHEMA,
  },
};

/** Reads a configuration that has passed the schema. */
export function readFields(config: JsonObject): HttpRequestFields {
  const { expect_status: status, pagination } = config;
  return {
    method: (config.method as string | undefined) ?? 'GET',
    headers: (config.headers as JsonObject | undefined) ?? {},
    query: (config.query as JsonObject | undefined) ?? {},
    body: config.body,
    expectStatus: status === undefined ? null : ([status].flat() as number[]),
    maxBytes: (config.max_bytes as number | undefined) ?? DEFAULT_MAX_BYTES,
    timeoutSeconds: config.timeout_seconds as number | undefined,
    pagination: pagination === undefined ? null : readPagination(pagination as JsonObject),
  };
}
