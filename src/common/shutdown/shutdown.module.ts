import { type DynamicModule, Module } from '@nestjs/common';

import { Shutdown } from './shutdown';

/** Gives {@link Shutdown} to every module. */
@Module({})
export class ShutdownModule {
  static register(shutdown: Shutdown): DynamicModule {
    return {
      module: ShutdownModule,
      global: true,
      providers: [{ provide: Shutdown, useValue: shutdown }],
      exports: [Shutdown],
    };
  }
}
