import { Module } from '@nestjs/common';

import { ApiKeyVerifier } from '../common/auth/api-key-verifier';
import { EntitiesModule } from '../entities/entities.module';
import { ToolsetCatalogModule } from '../toolsets/toolset-catalog.module';
import { ApiKeyEntitiesService } from './api-key-entities.service';
import { ApiKeyRotationRepository } from './api-key-rotation.repository';
import { ApiKeyUsageService } from './api-key-usage.service';
import { ApiKeyVerifierService } from './api-key-verifier.service';
import { ApiKeyController } from './api-key.controller';
import { ApiKeyRepository } from './api-key.repository';
import { ApiKeyService } from './api-key.service';
import { FirstKeyService } from './first-key.service';

/** API keys: made, listed, rotated, deleted, and verified for the guard. */
@Module({
  imports: [EntitiesModule, ToolsetCatalogModule],
  controllers: [ApiKeyController],
  providers: [
    ApiKeyEntitiesService,
    ApiKeyRepository,
    ApiKeyRotationRepository,
    ApiKeyUsageService,
    ApiKeyVerifierService,
    ApiKeyService,
    FirstKeyService,
    { provide: ApiKeyVerifier, useExisting: ApiKeyVerifierService },
  ],
  exports: [ApiKeyVerifier],
})
export class ApiKeysModule {}
