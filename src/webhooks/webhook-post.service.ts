import { Injectable } from '@nestjs/common';

import { Clock } from '../common/clock';
import { AppError } from '../common/errors/app-error';
import { notFound } from '../common/errors/not-found';
import type { JsonObject } from '../engine/core/json';
import { requestOf, RunStarter, type StartRun } from '../runs/run-starter';
import { type AddressedWebhook, WebhookPostRepository } from './webhook-post.repository';
import { WebhookSecrets } from './webhook-secrets';
import { checkSignature, type GoodSignature, TIMESTAMP_HEADER } from './webhook-signature';
import { hashWebhookToken, isWebhookToken } from './webhook-token';

/** What arrived at a webhook's address. */
export interface ReceivedPost {
  readonly token: string;
  readonly parameters: JsonObject;
  /** The bytes that `parameters` were read from. */
  readonly body: Buffer;
  /** The value of a header by its name in lower case; undefined when it is not there or comes more than once. */
  readonly header: (name: string) => string | undefined;
  readonly idempotencyKey: string | null;
}

/** What became of a post: the run's id, or how many seconds to wait. */
export type PostOutcome =
  | { readonly kind: 'started'; readonly runId: string }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number };

/** Takes posts to webhooks: who may, how many, each but once. */
@Injectable()
export class WebhookPostService {
  constructor(
    private readonly webhooks: WebhookPostRepository,
    private readonly secrets: WebhookSecrets,
    private readonly starter: RunStarter,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts the run that a post asks for. The signature is remembered in the run's own transaction: a post that
   * started nothing may be sent again as it is.
   *
   * @throws AppError NOT_FOUND for a token that there is not; FORBIDDEN when the webhook is disabled; UNAUTHENTICATED
   *   for a wrong signature; CONFLICT for a replay; and what {@link RunStarter} throws
   */
  async receive(post: ReceivedPost): Promise<PostOutcome> {
    const webhook = await this.find(post.token);
    const signature = await this.check(webhook, post);
    // Only now: whoever cannot sign shall not use up the places of those who can.
    const retryAfterSeconds = await this.webhooks.takePlace(webhook.id);
    if (retryAfterSeconds !== null) return { kind: 'limited', retryAfterSeconds };

    const { id: webhookId, workflowDefinitionId } = webhook;
    const wish: StartRun = {
      workflowDefinitionId,
      parameters: post.parameters,
      labels: { trigger: 'webhook', trigger_id: webhookId },
      idempotency: post.idempotencyKey === null ? null : { callerId: webhookId, key: post.idempotencyKey },
    };
    const earlierId = await this.starter.findEarlier(wish.idempotency, requestOf(wish));
    if (earlierId !== null) return { kind: 'started', runId: earlierId };
    const prepared = await this.starter.prepare(wish);
    const begun = await this.webhooks.transaction(async (sql) => {
      const recorded = await this.starter.record(sql, prepared);
      // An earlier run under the same Idempotency-Key: its sender asks again and starts nothing.
      if (!recorded.isNew || signature === null) return recorded;
      const { signature: bytes, rememberUntil } = signature;
      if (await this.webhooks.rememberSignature(sql, webhookId, bytes, rememberUntil)) return recorded;
      throw new AppError(
        'CONFLICT',
        'This post was received already: sign each one anew, with another timestamp or body',
      );
    });
    this.starter.announce(begun);
    return { kind: 'started', runId: begun.id };
  }

  private async find(token: string): Promise<AddressedWebhook> {
    const webhook = isWebhookToken(token)
      ? await this.webhooks.findByTokenHash(hashWebhookToken(token))
      : null;
    if (webhook === null) throw notFound('webhook');
    if (!webhook.enabled) throw new AppError('FORBIDDEN', 'The webhook is disabled');
    return webhook;
  }

  /** @returns null when posts need no signature */
  private async check(
    webhook: AddressedWebhook,
    { body, header }: ReceivedPost,
  ): Promise<GoodSignature | null> {
    const { signatureHeader, signatureSecret } = webhook;
    if (signatureHeader === null || signatureSecret === null) return null;
    const signed = {
      signature: header(signatureHeader.toLowerCase()),
      timestamp: header(TIMESTAMP_HEADER.toLowerCase()),
      body,
    };
    const secret = await this.secrets.open(webhook.id, signatureSecret);
    const checked = checkSignature(signed, secret, signatureHeader, this.clock.now());
    if (!checked.ok) throw new AppError('UNAUTHENTICATED', checked.error);
    return checked.value;
  }
}
