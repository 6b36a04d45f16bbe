import type { DataSource, EntityManager } from 'typeorm';

import { onQueryRunner, type SqlExecutor } from './sql-executor';

/**
 * Runs `work` in one transaction of the data source: committed when it resolves, rolled back when it throws.
 *
 * @param work gets the transaction in both forms: as SQL, and for what takes an entity manager
 */
export function inDataSourceTransaction<Value>(
  dataSource: DataSource,
  work: (sql: SqlExecutor, manager: EntityManager) => Promise<Value>,
): Promise<Value> {
  return dataSource.transaction((manager) => {
    if (manager.queryRunner === undefined) throw new Error('A transaction has a query runner');
    return work(onQueryRunner(manager.queryRunner), manager);
  });
}
