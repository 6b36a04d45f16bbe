import { AsyncLocalStorage } from 'node:async_hooks';

import { DataSource, type QueryRunner } from 'typeorm';

import { onQueryRunner, type SqlExecutor } from './sql-executor';

/** A transaction that everything takes part in which is awaited inside of it. */
interface Scope {
  readonly runner: QueryRunner;
  readonly afterCommit: (() => void)[];
  /** False from its end on: what goes on in the background has connections of its own then. */
  isOpen: boolean;
}

const scopes = new AsyncLocalStorage<Scope>();

/** A data source whose users share a connection inside of {@link inSharedTransaction}. */
export class SharingDataSource extends DataSource {
  override createQueryRunner(mode?: 'master' | 'slave'): QueryRunner {
    return openScope()?.runner ?? super.createQueryRunner(mode);
  }
}

/**
 * Runs `work` so that all that it does on the data source, at whatever depth, is one transaction: committed when it
 * resolves, rolled back when it throws. Transactions inside of it become savepoints. `work` must wait for nothing but
 * the database, for it holds a connection.
 *
 * @param work gets the transaction as SQL
 */
export async function inSharedTransaction<Value>(
  dataSource: DataSource,
  work: (sql: SqlExecutor) => Promise<Value>,
): Promise<Value> {
  const runner = dataSource.createQueryRunner();
  const release = runner.release.bind(runner);
  // Who takes part releases the runner after each use; it is given back once, here.
  runner.release = () => Promise.resolve();
  const scope: Scope = { runner, afterCommit: [], isOpen: true };
  try {
    await runner.startTransaction();
    const value = await scopes.run(scope, () => work(onQueryRunner(runner)));
    await runner.commitTransaction();
    scope.isOpen = false;
    for (const act of scope.afterCommit) act();
    return value;
  } catch (error) {
    scope.isOpen = false;
    // What went wrong first is what counts.
    await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await release();
  }
}

/** Does `act` once what was written is there for others: now, or when the shared transaction has been committed. */
export function afterCommit(act: () => void): void {
  const scope = openScope();
  if (scope === undefined) act();
  else scope.afterCommit.push(act);
}

/** Whether what is asked of the data source now is part of a shared transaction. */
export function isSharing(): boolean {
  return openScope() !== undefined;
}

/** Takes part in a shared transaction where there is one, so that it sees what that has written; else it is `sql`. */
export function sharing(sql: SqlExecutor): SqlExecutor {
  return {
    query: (text, values, name) => {
      const scope = openScope();
      return (scope === undefined ? sql : onQueryRunner(scope.runner)).query(text, values, name);
    },
  };
}

/** Runs `work` on connections of its own: for what must stay even if the shared transaction is rolled back. */
export function apart<Value>(work: () => Value): Value {
  return scopes.exit(work);
}

function openScope(): Scope | undefined {
  const scope = scopes.getStore();
  return scope?.isOpen === true ? scope : undefined;
}
