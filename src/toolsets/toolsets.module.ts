import { Module, type OnModuleInit } from '@nestjs/common';

import { DefinitionUsersService } from '../definitions/definition-users.service';
import { DefinitionsModule } from '../definitions/definitions.module';
import { WorkflowUsersService } from '../workflows/workflow-users.service';
import { WorkflowsModule } from '../workflows/workflows.module';
import { ToolsetCatalogModule } from './toolset-catalog.module';
import { ToolsetController } from './toolset.controller';
import { ToolsetRepository } from './toolset.repository';
import { ToolsetService } from './toolset.service';

/** Toolsets, as the API has them. */
@Module({
  imports: [DefinitionsModule, WorkflowsModule, ToolsetCatalogModule],
  controllers: [ToolsetController],
  providers: [ToolsetService],
  exports: [ToolsetCatalogModule, ToolsetService],
})
export class ToolsetsModule implements OnModuleInit {
  constructor(
    private readonly definitionUsers: DefinitionUsersService,
    private readonly workflowUsers: WorkflowUsersService,
    private readonly toolsets: ToolsetRepository,
  ) {}

  onModuleInit(): void {
    this.definitionUsers.register((id, manager) => this.toolsets.findUsers(id, manager));
    this.workflowUsers.register((id, manager) => this.toolsets.findUsers(id, manager));
  }
}
