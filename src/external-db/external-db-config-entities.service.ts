import { Injectable, type OnModuleInit } from '@nestjs/common';

import { UUID_IDENTITY } from '../common/entities/uuid-identity';
import { EntityRegistry } from '../entities/entity-registry';
import { toExternalDbConfigResponse } from './external-db-config.mapper';
import { ExternalDbConfigService } from './external-db-config.service';

/** Configurations as entities, without their passwords. */
@Injectable()
export class ExternalDbConfigEntitiesService implements OnModuleInit {
  constructor(
    private readonly entities: EntityRegistry,
    private readonly configs: ExternalDbConfigService,
  ) {}

  onModuleInit(): void {
    this.entities.register({
      sources: [
        {
          ...UUID_IDENTITY,
          type: 'external_db_config',
          scope: 'read',
          get: async (id) => toExternalDbConfigResponse(await this.configs.get(id)),
        },
      ],
    });
  }
}
