import { Module } from '@nestjs/common';

import { ComponentsModule } from '../components/components.module';
import { ComponentCatalogModule } from './component-catalog.module';
import { ConfigCheckService } from './config-check.service';
import { DefinitionUsersService } from './definition-users.service';
import { McpDefinitionController } from './mcp-definition.controller';
import { McpDefinitionService } from './mcp-definition.service';
import { McpTypeController } from './mcp-type.controller';

/** Components and their versions. */
@Module({
  imports: [ComponentsModule, ComponentCatalogModule],
  controllers: [McpDefinitionController, McpTypeController],
  providers: [ConfigCheckService, DefinitionUsersService, McpDefinitionService],
  exports: [ComponentCatalogModule, DefinitionUsersService],
})
export class DefinitionsModule {}
