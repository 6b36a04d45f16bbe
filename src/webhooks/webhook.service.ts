import { Injectable } from '@nestjs/common';
import { v7 as uuidV7 } from 'uuid';

import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { invalidRequest } from '../common/errors/invalid-request';
import { notFound } from '../common/errors/not-found';
import type { Page } from '../common/pagination/page';
import { WorkflowCatalog } from '../workflows/workflow-catalog';
import { type CreateWebhookDto, DEFAULT_RATE_LIMIT } from './dto/create-webhook.dto';
import type { SignatureConfigDto } from './dto/signature-config.dto';
import type { UpdateWebhookDto } from './dto/update-webhook.dto';
import type { WebhookQueryDto } from './dto/webhook-query.dto';
import { WebhookSecrets } from './webhook-secrets';
import { DEFAULT_SIGNATURE_HEADER } from './webhook-signature';
import { generateWebhookToken, hashWebhookToken, webhookTokenPrefix } from './webhook-token';
import { type StoredToken, type WebhookRecord, WebhookRepository } from './webhook.repository';

/** A webhook whose token was just made: the only time that it is known. */
export interface WebhookWithToken {
  readonly webhook: WebhookRecord;
  readonly token: string;
}

/** How posts are signed, as it is stored; an undefined secret stays as it is. */
interface StoredSignature {
  readonly signatureHeader: string | null;
  readonly signatureSecret: string | null | undefined;
}

/** Webhooks: made, changed, given new tokens, listed, deleted. */
@Injectable()
export class WebhookService {
  constructor(
    private readonly webhooks: WebhookRepository,
    private readonly secrets: WebhookSecrets,
    private readonly catalog: WorkflowCatalog,
  ) {}

  async list({ workflowDefinitionId, skip, limit }: WebhookQueryDto): Promise<Page<WebhookRecord>> {
    const { rows, total } = await this.webhooks.listNewest(workflowDefinitionId, skip, limit);
    return { items: rows, total, skip, limit };
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<WebhookRecord> {
    const webhook = await this.webhooks.findById(id);
    if (webhook === null) throw notFound(`webhook ${id}`);
    return webhook;
  }

  /** @throws AppError NOT_FOUND without the workflow; CONFLICT when another webhook has the name */
  async create(dto: CreateWebhookDto): Promise<WebhookWithToken> {
    const id = uuidV7();
    const token = generateWebhookToken();
    const workflowDefinitionId = dto.workflowDefinitionId.toLowerCase();
    const signature = storedSignature(dto.signature ?? null, await this.seal(id, dto.signature), null);
    await this.webhooks.insert(
      {
        id,
        name: dto.name,
        workflowDefinitionId,
        enabled: dto.enabled ?? true,
        rateLimitPerMinute: dto.rateLimitPerMinute ?? DEFAULT_RATE_LIMIT,
        signatureHeader: signature.signatureHeader,
        signatureSecret: signature.signatureSecret ?? null,
        ...storedToken(token),
      },
      (sql) => this.catalog.hold(sql, workflowDefinitionId),
    );
    return { webhook: await this.get(id), token };
  }

  /**
   * Changes what is given.
   * @throws AppError NOT_FOUND, PRECONDITION_FAILED, or CONFLICT when another webhook has the name
   */
  async update(id: string, dto: UpdateWebhookDto, expected: ExpectedRevisions): Promise<WebhookRecord> {
    const sealed = await this.seal(id, dto.signature);
    const found = await this.webhooks.change(id, expected, async (current, sql) => {
      const workflowDefinitionId = dto.workflowDefinitionId?.toLowerCase() ?? current.workflowDefinitionId;
      await this.catalog.hold(sql, workflowDefinitionId);
      return {
        name: dto.name ?? current.name,
        workflowDefinitionId,
        enabled: dto.enabled ?? current.enabled,
        rateLimitPerMinute: dto.rateLimitPerMinute ?? current.rateLimitPerMinute,
        ...storedSignature(dto.signature, sealed, current.signatureHeader),
      };
    });
    if (!found) throw notFound(`webhook ${id}`);
    return this.get(id);
  }

  /** Gives a webhook a new token; the old address ends at once. @throws AppError NOT_FOUND, PRECONDITION_FAILED */
  async rotateToken(id: string, expected: ExpectedRevisions): Promise<WebhookWithToken> {
    const token = generateWebhookToken();
    const found = await this.webhooks.replaceToken(id, storedToken(token), expected);
    if (!found) throw notFound(`webhook ${id}`);
    return { webhook: await this.get(id), token };
  }

  /** Runs that it started go on. @throws AppError NOT_FOUND, PRECONDITION_FAILED */
  async delete(id: string, expected: ExpectedRevisions): Promise<void> {
    if (!(await this.webhooks.delete(id, expected))) throw notFound(`webhook ${id}`);
  }

  /** Encrypts a given secret for its webhook's row. */
  private async seal(id: string, config: SignatureConfigDto | null | undefined): Promise<string | undefined> {
    const secret = config?.secret;
    return secret === undefined ? undefined : this.secrets.seal(id, secret);
  }
}

/**
 * What is stored of a signature's configuration.
 *
 * @param config undefined leaves everything as it is, null ends signing
 * @param sealed the encrypted secret, if one was given
 * @param currentHeader null when posts are not signed yet: a secret is needed then
 */
function storedSignature(
  config: SignatureConfigDto | null | undefined,
  sealed: string | undefined,
  currentHeader: string | null,
): StoredSignature {
  if (config === undefined) return { signatureHeader: currentHeader, signatureSecret: undefined };
  if (config === null) return { signatureHeader: null, signatureSecret: null };
  if (sealed === undefined && currentHeader === null) {
    throw invalidRequest([
      { path: 'signature.secret', message: 'is required: the webhook has no secret yet' },
    ]);
  }
  const signatureHeader = config.header ?? currentHeader ?? DEFAULT_SIGNATURE_HEADER;
  return { signatureHeader, signatureSecret: sealed };
}

function storedToken(token: string): StoredToken {
  return { tokenHash: hashWebhookToken(token), tokenPrefix: webhookTokenPrefix(token) };
}
