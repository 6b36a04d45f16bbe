import { Injectable, type OnModuleInit } from '@nestjs/common';

import { UUID_IDENTITY } from '../common/entities/uuid-identity';
import { EntityRegistry } from '../entities/entity-registry';
import { toApiKeyResponse } from './api-key.mapper';
import { ApiKeyService } from './api-key.service';

/** Keys as entities, for those who may manage them. */
@Injectable()
export class ApiKeyEntitiesService implements OnModuleInit {
  constructor(
    private readonly entities: EntityRegistry,
    private readonly keys: ApiKeyService,
  ) {}

  onModuleInit(): void {
    this.entities.register({
      sources: [
        {
          ...UUID_IDENTITY,
          type: 'api_key',
          scope: 'admin',
          get: async (id) => toApiKeyResponse(await this.keys.get(id)),
        },
      ],
    });
  }
}
