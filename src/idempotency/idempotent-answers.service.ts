import { createHash } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import { keyReused } from '../common/idempotency/key-reused';
import { SecretBox } from '../security/secret-box/secret-box';
import type { SealedPlace } from '../security/secret-box/sealed-text';
import { type AnswerPlace, IdempotentAnswerRepository } from './idempotent-answer.repository';

/** An answer, as much of it as is given again. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** As the handler gave it: text, or what JSON is made of. */
  readonly body: unknown;
}

/** Keeps answers, so that a request which is sent again does nothing again. */
@Injectable()
export class IdempotentAnswers {
  constructor(
    private readonly answers: IdempotentAnswerRepository,
    private readonly box: SecretBox,
  ) {}

  /**
   * Gives what `act` answers, or answered when the same request was there before. What it does and the answer are
   * written in one transaction: either both are there, or none. What it throws is not kept.
   *
   * @param request what the caller sent, as parsed JSON
   * @throws AppError UNPROCESSABLE when the place was used for another request
   */
  async once(place: AnswerPlace, request: unknown, act: () => Promise<Answer>): Promise<Answer> {
    const requestHash = createHash('sha256')
      .update(JSON.stringify(request ?? null))
      .digest();
    return this.answers.transaction(async (sql) => {
      if (await this.answers.reserve(sql, place, requestHash)) {
        const answer = await act();
        // All of them are sealed: so nobody has to know which hold an API key, a token or somebody's password.
        const sealed = await this.box.seal('idempotent_answer', sealedPlace(place), JSON.stringify(answer));
        await this.answers.save(sql, place, sealed);
        return answer;
      }
      const earlier = await this.answers.get(sql, place);
      if (!earlier.requestHash.equals(requestHash)) throw keyReused();
      return JSON.parse(await this.box.unseal(sealedPlace(place), earlier.answer)) as Answer;
    });
  }
}

function sealedPlace({ apiKeyId, operation, key }: AnswerPlace): SealedPlace {
  return {
    table: 'idempotent_answers',
    row: JSON.stringify([apiKeyId, operation, key]),
    column: 'answer',
  };
}
