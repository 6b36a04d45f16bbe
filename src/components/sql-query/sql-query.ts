import { AppError } from '../../common/errors/app-error';
import { isUuid } from '../../common/wire/is-uuid';
import type { Issue } from '../../engine/core/issue';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import { MAX_OUTPUT_BYTES } from '../../engine/core/output-size';
import type { StepContext } from '../../engine/ports';
import type { ComponentCall, ComponentType } from '../component-type';
import type { ExternalDatabases } from '../external-databases';
import { namedInputs } from '../named-inputs';
import { readFields, SQL_QUERY_SCHEMA } from './sql-query-config';

/** What the output has around its rows. */
const FRAME_BYTES = 1024;

/** Component type `sql_query`: runs one statement in a configured database and gives its rows. */
export class SqlQuery implements ComponentType {
  readonly mcpType = 'sql_query';
  readonly summary = 'Runs one SQL statement in a configured external database and gives its rows.';
  readonly configSchema = SQL_QUERY_SCHEMA;
  readonly example: JsonObject = {
    type: 'sql_query',
    external_db_config_id: '01976b1c-0000-7000-8000-000000000000',
    sql: 'SELECT id, total FROM orders WHERE day = :day ORDER BY id',
    max_rows: 100,
    timeout_seconds: 10,
  };

  readonly fieldsWithoutSecrets = ['sql'];

  readonly executesCode = false;

  constructor(private readonly databases: ExternalDatabases) {}

  checkConfig(config: JsonObject): Issue[] {
    const { databaseId, sql } = readFields(config);
    return [
      // JSON Schema's format also takes `urn:uuid:`.
      ...(isUuid(databaseId) ? [] : [{ path: 'external_db_config_id', message: 'must be a UUID' }]),
      ...(sql.includes('${{')
        ? [{ path: 'sql', message: 'cannot hold ${{ … }}: write :name, and give the value in the inputs' }]
        : []),
      ...(sql.includes('\0') ? [{ path: 'sql', message: 'must not hold the character U+0000' }] : []),
    ];
  }

  async run(call: ComponentCall, context: StepContext): Promise<JsonValue> {
    const { databaseId, timeoutSeconds, ...fields } = readFields(call.config);
    const { rows, truncated, affectedRows } = await this.query(databaseId, {
      ...fields,
      parameters: namedInputs('sql_query', call.inputs),
      maxBytes: MAX_OUTPUT_BYTES - FRAME_BYTES,
      timeoutMs: Math.min(timeoutSeconds * 1000, call.timeoutMs),
      signal: context.signal,
    });
    return { rows: [...rows], row_count: rows.length, truncated, affected_rows: affectedRows };
  }

  private async query(
    ...query: Parameters<ExternalDatabases['query']>
  ): ReturnType<ExternalDatabases['query']> {
    try {
      return await this.databases.query(...query);
    } catch (error) {
      throw error instanceof AppError && error.code === 'INVALID_REQUEST' ? toInvalidInput(error) : error;
    }
  }
}

/** The statement was checked when it was saved: what does not fit are the values, which a step calls inputs. */
function toInvalidInput(error: AppError): AppError {
  const message = error.message.replaceAll(/(^|; )parameters\./g, '$1inputs.');
  return new AppError('INVALID_INPUT', message, { cause: error });
}
