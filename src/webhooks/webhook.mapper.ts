import type { WebhookResponse, WebhookWithTokenResponse } from './dto/webhook.response';
import { webhookPath } from './webhook-token';
import type { WebhookRecord } from './webhook.repository';

export function toWebhookResponse(webhook: WebhookRecord): WebhookResponse {
  return {
    id: webhook.id,
    name: webhook.name,
    workflowDefinitionId: webhook.workflowDefinitionId,
    enabled: webhook.enabled,
    tokenPrefix: webhook.tokenPrefix,
    signature: webhook.signatureHeader === null ? null : { header: webhook.signatureHeader },
    rateLimitPerMinute: webhook.rateLimitPerMinute,
    revision: webhook.revision,
    createdAt: webhook.createdAt,
    updatedAt: webhook.updatedAt,
  };
}

/** For the only answer that shows the token. */
export function toWebhookWithTokenResponse(webhook: WebhookRecord, token: string): WebhookWithTokenResponse {
  return Object.assign(toWebhookResponse(webhook), { token, path: webhookPath(token) });
}
