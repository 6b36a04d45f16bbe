import { Module } from '@nestjs/common';

import { DefinitionsModule } from '../definitions/definitions.module';
import { EntitiesModule } from '../entities/entities.module';
import { SecretBoxModule } from '../security/secret-box/secret-box.module';
import { ExternalDatabasesModule } from './external-databases.module';
import { ExternalDbConfigEntitiesService } from './external-db-config-entities.service';
import { ExternalDbConfigController } from './external-db-config.controller';
import { ExternalDbConfigService } from './external-db-config.service';
import { SqlQueryUsesService } from './sql-query-uses.service';

/** The REST API of users' databases. */
@Module({
  imports: [DefinitionsModule, EntitiesModule, ExternalDatabasesModule, SecretBoxModule],
  controllers: [ExternalDbConfigController],
  providers: [ExternalDbConfigEntitiesService, ExternalDbConfigService, SqlQueryUsesService],
  exports: [ExternalDbConfigService],
})
export class ExternalDbModule {}
