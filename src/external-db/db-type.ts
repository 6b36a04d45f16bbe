/** The kinds of database that can be configured; the fixed names of the product's contract. */
export const DB_TYPES = ['postgresql', 'mysql', 'mariadb', 'sqlite', 'mssql'] as const;
export type DbType = (typeof DB_TYPES)[number];

/** Where a server of the type listens unless told otherwise; null for a database that is a file. */
export const DEFAULT_PORTS: Readonly<Record<DbType, number | null>> = {
  postgresql: 5432,
  mysql: 3306,
  mariadb: 3306,
  mssql: 1433,
  sqlite: null,
};
