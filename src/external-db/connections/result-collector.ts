import { AppError } from '../../common/errors/app-error';
import type { SqlResult } from '../../components/external-databases';
import type { JsonObject } from '../../engine/core/json';
import { toJsonValue } from './to-json-value';

/** How much of a result is taken. */
export interface ResultLimits {
  readonly maxRows: number;
  /** Of the rows, written as JSON. */
  readonly maxBytes: number;
  readonly allowTruncation: boolean;
}

/** Takes the rows of one result as they come, up to its limits. */
export class ResultCollector {
  private names: readonly string[] = [];
  private readonly rows: JsonObject[] = [];
  private bytes = 0;
  private isTruncated = false;

  constructor(private readonly limits: ResultLimits) {}

  /** Tells the names of the columns, before any row. */
  begin(columns: readonly string[]): void {
    this.names = withoutRepetition(columns);
  }

  /**
   * Takes a row's values, in the order of the columns.
   *
   * @returns false when it was one too many and no further ones are wanted
   * @throws AppError OUTPUT_TOO_LARGE for one too many where leaving out is not allowed
   */
  add(values: readonly unknown[]): boolean {
    if (this.isTruncated) return false;
    const row = Object.fromEntries(this.names.map((name, index) => [name, toJsonValue(values[index])]));
    this.bytes += Buffer.byteLength(JSON.stringify(row));
    const { maxRows, maxBytes, allowTruncation } = this.limits;
    if (this.rows.length < maxRows && this.bytes <= maxBytes) {
      this.rows.push(row);
      return true;
    }
    if (!allowTruncation) {
      const limit = this.rows.length < maxRows ? `${maxBytes} bytes` : `${maxRows} rows`;
      throw new AppError(
        'OUTPUT_TOO_LARGE',
        `The result has more than ${limit}: narrow the statement, raise the limit, or set allow_truncation`,
      );
    }
    this.isTruncated = true;
    return false;
  }

  /** @param affectedRows rows that the statement changed; null for one that changes none */
  finish(affectedRows: number | null): SqlResult {
    return { columns: this.names, rows: this.rows, truncated: this.isTruncated, affectedRows };
  }
}

/** `id, id` becomes `id, id_2`: a row is an object, and none of its values may hide another. */
function withoutRepetition(columns: readonly string[]): string[] {
  const taken = new Set(columns);
  const seen = new Set<string>();
  return columns.map((name) => {
    let unique = name;
    for (let count = 2; seen.has(unique); count += 1) {
      const next = `${name}_${count}`;
      if (!taken.has(next)) unique = next;
    }
    seen.add(unique);
    return unique;
  });
}
