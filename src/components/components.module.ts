import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppConfig } from '../config/app-config';
import { ComponentRunner } from '../engine/ports';
import { EgressGuard } from '../security/egress/egress-guard';
import { Sandbox } from '../security/sandbox/sandbox';
import { SandboxModule } from '../security/sandbox/sandbox.module';
import { ComponentRegistry } from './component-registry';
import { createComponentTypes } from './component-types';
import { ExternalDatabases } from './external-databases';
import { McpUpstreams } from './mcp-server/mcp-upstreams';
import { StdioLauncher } from './mcp-server/stdio-launcher';
import { ToolApprovalRepository } from './mcp-server/tool-approval.repository';
import { ToolApprovals } from './mcp-server/tool-approvals';
import { UpstreamServers } from './mcp-server/upstream-servers';
import { ConfigSecrets } from './secrets/config-secrets';
import { SecretValues } from './secrets/secret-values';
import { StoredComponents } from './stored-components';
import { StoredComponentsRepository } from './stored-components.repository';

/**
 * Provides the component types and the egress guard. They are closed last, in `onApplicationShutdown`:
 * until then runs in progress may still use them.
 */
@Module({
  imports: [SandboxModule],
  providers: [
    {
      provide: EgressGuard,
      inject: [AppConfig],
      useFactory: (config: AppConfig) => new EgressGuard(config.egressAllow),
    },
    {
      provide: ConfigSecrets,
      inject: [SecretValues],
      useFactory: (values: SecretValues) => new ConfigSecrets(values),
    },
    {
      provide: McpUpstreams,
      inject: [AppConfig, EgressGuard, Sandbox, ConfigSecrets, ToolApprovals],
      useFactory: (
        config: AppConfig,
        egress: EgressGuard,
        sandbox: Sandbox,
        secrets: ConfigSecrets,
        approvals: ToolApprovals,
      ) => {
        const rules = { paths: config.stdioPathsAllow, commands: config.stdioCommandsAllow };
        return new McpUpstreams({
          egress,
          secrets,
          launcher: new StdioLauncher(sandbox, rules),
          version: config.version,
          approvals,
        });
      },
    },
    { provide: ToolApprovals, useClass: ToolApprovalRepository },
    { provide: UpstreamServers, useExisting: McpUpstreams },
    {
      provide: StoredComponents,
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => new StoredComponentsRepository(dataSource),
    },
    {
      provide: ComponentRegistry,
      inject: [EgressGuard, McpUpstreams, Sandbox, ExternalDatabases, StoredComponents, ConfigSecrets],
      useFactory: (
        { fetch }: EgressGuard,
        upstreams: McpUpstreams,
        sandbox: Sandbox,
        databases: ExternalDatabases,
        components: StoredComponents,
        secrets: ConfigSecrets,
      ) => {
        // Some types call others: the registry needs them, and they need it once it is there.
        const registry: ComponentRegistry = new ComponentRegistry(
          createComponentTypes({
            fetch,
            upstreams,
            sandbox,
            databases,
            components,
            run: (use, context) => registry.run(use, context),
          }),
          secrets,
        );
        return registry;
      },
    },
    { provide: ComponentRunner, useExisting: ComponentRegistry },
  ],
  exports: [ComponentRegistry, ComponentRunner, ConfigSecrets, EgressGuard, UpstreamServers],
})
export class ComponentsModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(ComponentRegistry) private readonly registry: ComponentRegistry,
    @Inject(EgressGuard) private readonly guard: EgressGuard,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.registry.prepare();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.registry.close();
    await this.guard.close();
  }
}
