import { AsyncResource } from 'node:async_hooks';

import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

import { dataSourceOptions } from './data-source-options';
import { ListenHub } from './listen-hub';
import { migrate } from './migrate';
import { openDataSource } from './open-data-source';
import { poolOf } from './pool-of';
import { connectionOptions, PostgresConnection } from './postgres-connection';

/** More names than these would push all else that a first start says out of sight. */
const MAX_NAMED_MIGRATIONS = 5;

/** The connection to PostgreSQL, with its schema up to date before anything else starts. */
@Module({})
export class DatabaseModule {
  /** @param stopping aborted when the program stops: connections that break from then on are no news */
  static register(databaseUrl: string, stopping: AbortSignal): DynamicModule {
    // A broken idle connection is replaced at the next use: worth a line, no more. Bound to no work, because the connection
    // calls as whoever opened it: the line would name a request that has long been answered.
    const logPoolError = AsyncResource.bind((error: Error): void => {
      if (!stopping.aborted) new Logger('Database').warn(`An idle connection broke: ${error.message}`);
    });
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({
            ...dataSourceOptions(databaseUrl, logPoolError),
            // openDataSource knows better which failures pass.
            toRetry: () => false,
          }),
          dataSourceFactory: async (options) => {
            if (options === undefined) throw new TypeError('TypeORM passed no options');
            const dataSource = await openDataSource(options);
            const ran = await migrate(dataSource, databaseUrl);
            if (ran.length > 0) new Logger('Database').log(`Ran migrations: ${named(ran)}`);
            return dataSource;
          },
        }),
      ],
      providers: [
        {
          provide: PostgresConnection,
          inject: [DataSource],
          useFactory: (dataSource: DataSource) =>
            new PostgresConnection(connectionOptions(databaseUrl), poolOf(dataSource)),
        },
        ListenHub,
      ],
      exports: [PostgresConnection, ListenHub],
    };
  }
}

/** By their names where there are a few; a new database, which has all of them, gets the number. */
function named(migrations: readonly string[]): string {
  if (migrations.length <= MAX_NAMED_MIGRATIONS) return migrations.join(', ');
  return `${migrations.length}, the last one ${migrations.at(-1) ?? ''}`;
}
