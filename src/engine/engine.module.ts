import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type Type,
} from '@nestjs/common';
import { Clock } from '../common/clock';
import { ListenHub } from '../database/listen-hub';
import { PostgresConnection } from '../database/postgres-connection';
import type { EngineOptions } from './engine-options';
import { EngineRuntime } from './engine-runtime';
import { EngineStatus } from './engine-status';
import { ComponentRunner, EngineObserver } from './ports';
import { RunIntake } from './run-intake';

/** The engine in Nest: gives the {@link RunIntake} and the {@link EngineStatus} to features, and starts and stops with the application. */
@Module({})
export class EngineModule implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  constructor(@Inject(EngineRuntime) private readonly runtime: EngineRuntime) {}

  /** @param components the module that exports a `ComponentRunner` */
  static register(components: Type, options: EngineOptions): DynamicModule {
    return {
      module: EngineModule,
      imports: [components],
      providers: [
        {
          provide: EngineRuntime,
          inject: [PostgresConnection, ListenHub, ComponentRunner, Clock, EngineObserver],
          useFactory: (
            connection: PostgresConnection,
            hub: ListenHub,
            runner: ComponentRunner,
            clock: Clock,
            observer: EngineObserver,
          ) => new EngineRuntime(connection, hub, runner, clock, observer, options),
        },
        {
          provide: RunIntake,
          inject: [EngineRuntime],
          useFactory: (runtime: EngineRuntime) => runtime.intake,
        },
        {
          provide: EngineStatus,
          inject: [EngineRuntime],
          useFactory: (runtime: EngineRuntime) => runtime.status,
        },
      ],
      exports: [RunIntake, EngineStatus],
      global: true,
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.runtime.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.runtime.stop();
  }

  /** After the last request has been answered, which may have started a run. */
  async onApplicationShutdown(): Promise<void> {
    await this.runtime.close();
  }
}
