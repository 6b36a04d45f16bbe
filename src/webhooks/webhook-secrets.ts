import { Injectable } from '@nestjs/common';

import { SecretBox } from '../security/secret-box/secret-box';

/** Keeps the secrets by which posts are signed: encrypted, each for the row of its webhook. */
@Injectable()
export class WebhookSecrets {
  constructor(private readonly box: SecretBox) {}

  /** Encrypts a secret for the webhook's row. */
  seal(webhookId: string, secret: string): Promise<string> {
    return this.box.seal('webhook_secret', placeOf(webhookId), secret);
  }

  /** Decrypts what {@link seal} made for the same webhook. */
  open(webhookId: string, sealed: string): Promise<string> {
    return this.box.unseal(placeOf(webhookId), sealed);
  }
}

function placeOf(webhookId: string): { table: string; row: string; column: string } {
  return { table: 'webhooks', row: webhookId, column: 'signature_secret' };
}
