import { Module, type OnModuleInit } from '@nestjs/common';

import { ComponentsModule } from '../components/components.module';
import { EntitiesModule } from '../entities/entities.module';
import { ComponentCatalogModule } from './component-catalog.module';
import { ConfigCheckService } from './config-check.service';
import { ConfigFieldRepository } from './config-field.repository';
import { ConfigReferencesService } from './config-references.service';
import { DefinitionUsersService } from './definition-users.service';
import { McpDefinitionController } from './mcp-definition.controller';
import { McpDefinitionRepository } from './mcp-definition.repository';
import { McpDefinitionService } from './mcp-definition.service';
import { McpEntitiesService } from './mcp-entities.service';
import { McpToolsController } from './mcp-tools.controller';
import { McpToolsService } from './mcp-tools.service';
import { McpTypeController } from './mcp-type.controller';
import { McpVersionGraphRepository } from './mcp-version-graph.repository';

/** Components and their versions. */
@Module({
  imports: [ComponentsModule, ComponentCatalogModule, EntitiesModule],
  controllers: [McpDefinitionController, McpToolsController, McpTypeController],
  providers: [
    ConfigCheckService,
    ConfigFieldRepository,
    ConfigReferencesService,
    DefinitionUsersService,
    McpDefinitionService,
    McpEntitiesService,
    McpToolsService,
    McpVersionGraphRepository,
  ],
  exports: [
    ComponentCatalogModule,
    ConfigCheckService,
    ConfigFieldRepository,
    ConfigReferencesService,
    DefinitionUsersService,
    McpDefinitionService,
  ],
})
export class DefinitionsModule implements OnModuleInit {
  constructor(
    private readonly users: DefinitionUsersService,
    private readonly definitions: McpDefinitionRepository,
  ) {}

  onModuleInit(): void {
    this.users.register((id, manager) => this.definitions.findPromptsThatCall(id, manager));
  }
}
