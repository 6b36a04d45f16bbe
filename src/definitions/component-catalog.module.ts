import { Module } from '@nestjs/common';

import { ComponentCatalog } from './component-catalog.service';
import { McpDefinitionRepository } from './mcp-definition.repository';

/** The stored components without their routes: also for processes that serve no API. */
@Module({
  providers: [ComponentCatalog, McpDefinitionRepository],
  exports: [ComponentCatalog, McpDefinitionRepository],
})
export class ComponentCatalogModule {}
