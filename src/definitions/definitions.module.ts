import { Module } from '@nestjs/common';

import { ComponentsModule } from '../components/components.module';
import { ComponentCatalog } from './component-catalog.service';
import { ConfigCheckService } from './config-check.service';
import { DefinitionUsersService } from './definition-users.service';
import { McpDefinitionController } from './mcp-definition.controller';
import { McpDefinitionRepository } from './mcp-definition.repository';
import { McpDefinitionService } from './mcp-definition.service';
import { McpTypeController } from './mcp-type.controller';

/** Components and their versions. */
@Module({
  imports: [ComponentsModule],
  controllers: [McpDefinitionController, McpTypeController],
  providers: [
    ComponentCatalog,
    ConfigCheckService,
    DefinitionUsersService,
    McpDefinitionRepository,
    McpDefinitionService,
  ],
  exports: [ComponentCatalog, DefinitionUsersService],
})
export class DefinitionsModule {}
