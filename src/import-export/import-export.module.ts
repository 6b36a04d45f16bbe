import { Module } from '@nestjs/common';

import { DefinitionsModule } from '../definitions/definitions.module';
import { ExternalDbModule } from '../external-db/external-db.module';
import { SchedulesModule } from '../schedules/schedules.module';
import { SecretsModule } from '../secrets/secrets.module';
import { ToolsetsModule } from '../toolsets/toolsets.module';
import { WebhooksModule } from '../webhooks/webhooks.module';
import { WorkflowsModule } from '../workflows/workflows.module';
import { ConfigurationRepository } from './configuration.repository';
import { ConfigurationWriter } from './configuration-writer.service';
import { ExportController } from './export.controller';
import { ExportService } from './export.service';
import { ImportChecksService } from './import-checks.service';
import { ImportController } from './import.controller';
import { ImportService } from './import.service';

/** Configurations out of this installation and into it. */
@Module({
  imports: [
    DefinitionsModule,
    ExternalDbModule,
    SchedulesModule,
    SecretsModule,
    ToolsetsModule,
    WebhooksModule,
    WorkflowsModule,
  ],
  controllers: [ExportController, ImportController],
  providers: [
    ConfigurationRepository,
    ConfigurationWriter,
    ExportService,
    ImportChecksService,
    ImportService,
  ],
})
export class ImportExportModule {}
