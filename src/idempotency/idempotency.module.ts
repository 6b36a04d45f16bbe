import { Module } from '@nestjs/common';

import { SecretBoxModule } from '../security/secret-box/secret-box.module';
import { IdempotentAnswerRepository } from './idempotent-answer.repository';
import { IdempotentAnswers } from './idempotent-answers.service';

/** Requests that are sent again, and do nothing again. */
@Module({
  imports: [SecretBoxModule],
  providers: [IdempotentAnswerRepository, IdempotentAnswers],
  exports: [IdempotentAnswers],
})
export class IdempotencyModule {}
