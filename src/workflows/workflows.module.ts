import { Module, type OnModuleInit } from '@nestjs/common';

import { DefinitionUsersService } from '../definitions/definition-users.service';
import { DefinitionsModule } from '../definitions/definitions.module';
import { WorkflowCatalogModule } from './workflow-catalog.module';
import { WorkflowCheckService } from './workflow-check.service';
import { WorkflowDefinitionController } from './workflow-definition.controller';
import { WorkflowDefinitionRepository } from './workflow-definition.repository';
import { WorkflowDefinitionService } from './workflow-definition.service';
import { WorkflowUsersService } from './workflow-users.service';
import { WorkflowValidationService } from './workflow-validation.service';

/** Workflows and their versions. */
@Module({
  imports: [DefinitionsModule, WorkflowCatalogModule],
  controllers: [WorkflowDefinitionController],
  providers: [
    WorkflowCheckService,
    WorkflowDefinitionService,
    WorkflowUsersService,
    WorkflowValidationService,
  ],
  exports: [WorkflowCatalogModule, WorkflowUsersService],
})
export class WorkflowsModule implements OnModuleInit {
  constructor(
    private readonly users: DefinitionUsersService,
    private readonly workflows: WorkflowDefinitionRepository,
  ) {}

  onModuleInit(): void {
    this.users.register((id, manager) => this.workflows.findUsersOfComponent(id, manager));
  }
}
