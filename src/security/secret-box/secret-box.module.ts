import { Module } from '@nestjs/common';

import { AppConfig } from '../../config/app-config';
import { DataKeyRepository } from './data-key.repository';
import { openSecretBox } from './open-secret-box';
import { SecretBox } from './secret-box';

/** Gives the {@link SecretBox}, once the keys have proved to be the right ones: before that nothing starts. */
@Module({
  providers: [
    DataKeyRepository,
    { provide: SecretBox, inject: [AppConfig, DataKeyRepository], useFactory: openSecretBox },
  ],
  exports: [SecretBox],
})
export class SecretBoxModule {}
