import { Module } from '@nestjs/common';

import { AuditModule } from '../audit/audit.module';
import { AuthModule } from '../auth/auth.module';
import { ComponentsModule } from '../components/components.module';
import { RunsModule } from '../runs/runs.module';
import { ToolsetsModule } from '../toolsets/toolsets.module';
import { CallAudit } from './call-audit';
import { McpCallers } from './mcp-callers.service';
import { McpEndpoint } from './mcp-endpoint.service';
import { McpServers } from './mcp-servers.service';
import { McpController } from './mcp.controller';
import { AccessTokens } from './oauth/access-tokens.service';
import { ResourceMetadataController } from './oauth/resource-metadata.controller';
import { Prompts } from './prompts.service';
import { PublicViews } from './public-views.service';
import { RegistryRepository } from './registry.repository';
import { RunTools } from './run-tools.service';
import { Tasks } from './tasks.service';
import { ToolCaller } from './tool-caller.service';
import { UpstreamTools } from './upstream-tools.service';

/** Everything that is registered, over MCP. */
@Module({
  imports: [AuditModule, AuthModule, ComponentsModule, RunsModule, ToolsetsModule],
  controllers: [McpController, ResourceMetadataController],
  providers: [
    AccessTokens,
    CallAudit,
    McpCallers,
    McpEndpoint,
    McpServers,
    Prompts,
    PublicViews,
    RegistryRepository,
    RunTools,
    Tasks,
    ToolCaller,
    UpstreamTools,
  ],
})
export class GatewayModule {}
