import { Module, type OnModuleInit } from '@nestjs/common';

import { RunStartModule } from '../runs/run-start.module';
import { SecretBoxModule } from '../security/secret-box/secret-box.module';
import { WorkflowUsersService } from '../workflows/workflow-users.service';
import { WorkflowsModule } from '../workflows/workflows.module';
import { WebhookController } from './webhook.controller';
import { WebhookPostController } from './webhook-post.controller';
import { WebhookPostRepository } from './webhook-post.repository';
import { WebhookPostService } from './webhook-post.service';
import { WebhookSecrets } from './webhook-secrets';
import { WebhookRepository } from './webhook.repository';
import { WebhookService } from './webhook.service';

/** Webhooks: managed with a key, and posted to without one. */
@Module({
  imports: [RunStartModule, SecretBoxModule, WorkflowsModule],
  controllers: [WebhookController, WebhookPostController],
  providers: [WebhookPostRepository, WebhookPostService, WebhookRepository, WebhookSecrets, WebhookService],
  exports: [WebhookService],
})
export class WebhooksModule implements OnModuleInit {
  constructor(
    private readonly users: WorkflowUsersService,
    private readonly webhooks: WebhookRepository,
  ) {}

  onModuleInit(): void {
    this.users.register((id, manager) => this.webhooks.findUsersOfWorkflow(id, manager));
  }
}
