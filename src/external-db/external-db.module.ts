import { Module } from '@nestjs/common';

import { EntitiesModule } from '../entities/entities.module';
import { SecretBoxModule } from '../security/secret-box/secret-box.module';
import { ExternalDatabasesModule } from './external-databases.module';
import { ExternalDbConfigEntitiesService } from './external-db-config-entities.service';
import { ExternalDbConfigController } from './external-db-config.controller';
import { ExternalDbConfigService } from './external-db-config.service';

/** The REST API of users' databases. */
@Module({
  imports: [EntitiesModule, ExternalDatabasesModule, SecretBoxModule],
  controllers: [ExternalDbConfigController],
  providers: [ExternalDbConfigEntitiesService, ExternalDbConfigService],
})
export class ExternalDbModule {}
