import { Global, Module } from '@nestjs/common';

import { SecretValues } from '../components/secrets/secret-values';
import { SecretBoxModule } from '../security/secret-box/secret-box.module';
import { SecretValuesService } from './secret-values.service';
import { SecretRepository } from './secret.repository';

/** The values of secrets, for components in every role. Global: components may not know who keeps them. */
@Global()
@Module({
  imports: [SecretBoxModule],
  providers: [
    SecretRepository,
    SecretValuesService,
    { provide: SecretValues, useExisting: SecretValuesService },
  ],
  exports: [SecretRepository, SecretValues, SecretValuesService],
})
export class SecretValuesModule {}
