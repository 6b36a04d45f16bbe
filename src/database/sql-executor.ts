import type { ClientBase, Pool } from 'pg';
import type { QueryRunner } from 'typeorm';
import { isConnectionFailure } from './connection-failure';

/**
 * The least that code needs to run SQL: a pool, one connection, or somebody's open transaction. It lets the
 * queue and the engine's store take part in a transaction without knowing who opened it.
 */
export interface SqlExecutor {
  /**
   * Runs one statement and gives its rows.
   * @param name prepares the statement under this name once a connection: for hot ones, whose text never varies
   */
  query<Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    name?: string,
  ): Promise<Row[]>;
}

/** Runs on a `pg` pool (each statement by itself) or on one `pg` connection (inside its transaction). */
export function onPg(connection: Pool | ClientBase): SqlExecutor {
  return {
    async query<Row>(text: string, values: readonly unknown[] = [], name?: string): Promise<Row[]> {
      const result = await connection.query({
        text,
        values: [...values],
        ...(name !== undefined && { name }),
      });
      return result.rows as Row[];
    },
  };
}

/** Runs inside the transaction of a TypeORM query runner. */
export function onQueryRunner(queryRunner: QueryRunner): SqlExecutor {
  return {
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
      // The structured form: the plain one gives `[rows, count]` for UPDATE and DELETE.
      const result = await queryRunner.query(text, [...values], true);
      return result.records as Row[];
    },
  };
}

/**
 * Runs `work` in a transaction on a connection of `pool`: committed when it resolves, rolled back when it throws.
 * A connection that broke, or whose rollback fails, is thrown away rather than given to somebody else.
 */
export async function inTransaction<Value>(
  pool: Pool,
  work: (sql: SqlExecutor) => Promise<Value>,
): Promise<Value> {
  const client = await pool.connect();
  let broken = false;
  // A connection that breaks between two statements says so by an event, and without a listener ends the process.
  const onError = (): void => {
    broken = true;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const value = await work(onPg(client));
    await client.query('COMMIT');
    return value;
  } catch (error) {
    // Nothing is asked of a connection that gave no answer: that would wait as long again.
    if (isConnectionFailure(error)) broken = true;
    else {
      await client.query('ROLLBACK').catch(() => {
        broken = true;
      });
    }
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
