import { Module, type OnModuleInit } from '@nestjs/common';

import { DefinitionUsersService } from '../definitions/definition-users.service';
import { DefinitionsModule } from '../definitions/definitions.module';
import { EntitiesModule } from '../entities/entities.module';
import { WorkflowCatalogModule } from './workflow-catalog.module';
import { WorkflowCheckService } from './workflow-check.service';
import { WorkflowComponentRelations } from './workflow-component-relations';
import { WorkflowDefinitionController } from './workflow-definition.controller';
import { WorkflowDefinitionRepository } from './workflow-definition.repository';
import { WorkflowDefinitionService } from './workflow-definition.service';
import { WorkflowEntitiesService } from './workflow-entities.service';
import { WorkflowUsersService } from './workflow-users.service';
import { WorkflowValidationService } from './workflow-validation.service';
import { WorkflowVersionGraphRepository } from './workflow-version-graph.repository';

/** Workflows and their versions. */
@Module({
  imports: [DefinitionsModule, EntitiesModule, WorkflowCatalogModule],
  controllers: [WorkflowDefinitionController],
  providers: [
    WorkflowCheckService,
    WorkflowComponentRelations,
    WorkflowDefinitionService,
    WorkflowEntitiesService,
    WorkflowUsersService,
    WorkflowValidationService,
    WorkflowVersionGraphRepository,
  ],
  exports: [WorkflowCatalogModule, WorkflowDefinitionService, WorkflowUsersService],
})
export class WorkflowsModule implements OnModuleInit {
  constructor(
    private readonly users: DefinitionUsersService,
    private readonly workflowUsers: WorkflowUsersService,
    private readonly workflows: WorkflowDefinitionRepository,
  ) {}

  onModuleInit(): void {
    this.users.register((id, manager) => this.workflows.findUsersOfComponent(id, manager));
    this.workflowUsers.register((id, manager) => this.workflows.findUsersOfWorkflow(id, manager));
  }
}
