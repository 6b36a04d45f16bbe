import { Global, Module } from '@nestjs/common';

import { ExternalDatabases } from '../components/external-databases';
import { AppConfig } from '../config/app-config';
import { EgressSockets } from '../security/egress/egress-sockets';
import { SecretBoxModule } from '../security/secret-box/secret-box.module';
import { ExternalDatabasesService } from './external-databases.service';
import { ExternalDbConfigRepository } from './external-db-config.repository';

/**
 * Users' databases, for every role: what runs statements, without the REST API. Global, because components reach them
 * through a port, and know no feature.
 */
@Global()
@Module({
  imports: [SecretBoxModule],
  providers: [
    ExternalDbConfigRepository,
    ExternalDatabasesService,
    {
      provide: EgressSockets,
      inject: [AppConfig],
      useFactory: (config: AppConfig) => new EgressSockets(config.egressAllow),
    },
    { provide: ExternalDatabases, useExisting: ExternalDatabasesService },
  ],
  exports: [ExternalDatabases, ExternalDatabasesService, ExternalDbConfigRepository],
})
export class ExternalDatabasesModule {}
