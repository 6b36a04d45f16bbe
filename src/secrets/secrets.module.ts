import { Module } from '@nestjs/common';

import { DefinitionsModule } from '../definitions/definitions.module';
import { SecretBoxModule } from '../security/secret-box/secret-box.module';
import { SecretController } from './secret.controller';
import { SecretService } from './secret.service';
import { SecretUsesService } from './secret-uses.service';
import { SecretValuesModule } from './secret-values.module';

/** The REST API of secrets. */
@Module({
  imports: [DefinitionsModule, SecretBoxModule, SecretValuesModule],
  controllers: [SecretController],
  providers: [SecretService, SecretUsesService],
  exports: [SecretService],
})
export class SecretsModule {}
