import { Module } from '@nestjs/common';

import { ApiKeysModule } from '../api-keys/api-keys.module';
import { CredentialWatch } from '../common/auth/credential-watch';
import { RequestAuthenticator } from '../common/auth/request-authenticator';
import { SecretBoxModule } from '../security/secret-box/secret-box.module';
import { RequestAuthenticatorService } from './request-authenticator.service';
import { SessionController } from './session.controller';
import { SessionRepository } from './session.repository';
import { SessionService } from './session.service';
import { SigningKeyRepository } from './signing-key.repository';
import { SigningKeys } from './signing-keys.service';

/** Who a request comes from: API keys, and the sessions that act for them. */
@Module({
  imports: [ApiKeysModule, SecretBoxModule],
  controllers: [SessionController],
  providers: [
    CredentialWatch,
    SessionRepository,
    SessionService,
    SigningKeyRepository,
    SigningKeys,
    { provide: RequestAuthenticator, useClass: RequestAuthenticatorService },
  ],
  exports: [RequestAuthenticator, CredentialWatch],
})
export class AuthModule {}
