import type { EventEmitter } from 'node:events';

import type { FieldPacket } from 'mysql2';

import { AppError } from '../../common/errors/app-error';
import { fromMysqlValue } from './mysql-values';
import type { ResultCollector } from './result-collector';

/** What the driver tells of a statement without rows. */
interface Completion {
  readonly affectedRows: number;
}

/** What an execution has given. */
export interface MysqlOutcome {
  /** Null when it gave rows. */
  readonly affectedRows: number | null;
  /** Rows are still coming: the connection is of no further use. */
  readonly isUnfinished: boolean;
}

/**
 * Reads what an execution without a callback gives, row by row as it comes.
 *
 * @param connection tells failures that hit no statement in particular
 * @param readsOn whether rows that are left out are let pass, for a statement that must come to its end
 * @throws the driver's error; UNPROCESSABLE for more than one result; what the collector throws
 */
export async function readMysqlResult(
  connection: EventEmitter,
  execution: EventEmitter,
  collector: ResultCollector,
  readsOn: boolean,
): Promise<MysqlOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<MysqlOutcome>();
  let affectedRows: number | null = null;
  let columns: readonly FieldPacket[] = [];
  let results = 0;
  const onFields = (fields: readonly FieldPacket[] | undefined): void => {
    if (fields === undefined) return;
    results += 1;
    if (results > 1) throw new AppError('UNPROCESSABLE', 'The statement gives more than one result');
    columns = fields;
    collector.begin(fields.map(({ name }) => name));
  };
  const onResult = (row: readonly unknown[] | Completion): void => {
    if ('affectedRows' in row) {
      // A procedure that gave rows ends with a completion too: it tells no change.
      if (results === 0) ({ affectedRows } = row);
    } else if (!collector.add(columns.map((column, at) => fromMysqlValue(row[at], column))) && !readsOn) {
      resolve({ affectedRows: null, isUnfinished: true });
    }
  };
  // What a listener throws would surface inside the driver.
  execution.on('fields', rejecting(onFields, reject));
  execution.on('result', rejecting(onResult, reject));
  execution.on('error', reject);
  execution.on('end', () => {
    resolve({ affectedRows, isUnfinished: false });
  });
  connection.on('error', reject);
  try {
    return await promise;
  } finally {
    connection.off('error', reject);
  }
}

function rejecting<Argument>(
  listener: (argument: Argument) => void,
  reject: (reason: unknown) => void,
): (argument: Argument) => void {
  return (argument) => {
    try {
      listener(argument);
    } catch (error) {
      reject(error);
    }
  };
}
