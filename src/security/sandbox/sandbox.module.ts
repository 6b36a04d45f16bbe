import { Logger, Module, type OnModuleInit } from '@nestjs/common';
import { resolve } from 'node:path';
import { AppConfig } from '../../config/app-config';
import { Sandbox } from './sandbox';

/** This program: its folder, seen from `dist/src/security/sandbox` and from the sources alike. */
const OWN_FOLDER = resolve(__dirname, '../../..');

/** Provides the sandbox, and looks at the start what can be had. */
@Module({
  providers: [
    {
      provide: Sandbox,
      inject: [AppConfig],
      useFactory: ({ allowUnsandboxedCode, dataDir }: AppConfig) =>
        new Sandbox({ allowUnsandboxed: allowUnsandboxedCode, hidden: [dataDir, OWN_FOLDER] }),
    },
  ],
  exports: [Sandbox],
})
export class SandboxModule implements OnModuleInit {
  private readonly logger = new Logger('Sandbox');

  constructor(private readonly sandbox: Sandbox) {}

  async onModuleInit(): Promise<void> {
    const { available, reason } = await this.sandbox.probe();
    if (available) this.logger.log('Code of components runs in a sandbox');
    else this.logger.warn(`There is no sandbox for code of components: ${String(reason)}`);
  }
}
