import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { assertScope } from '../common/auth/assert-scope';
import type { CallerKey } from '../common/auth/caller-key';
import { CurrentKey } from '../common/auth/current-key.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { IfMatch } from '../common/conditional/if-match.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { MessageResponse } from '../common/http/message.response';
import { Idempotent } from '../common/idempotency/idempotent.decorator';
import { mapPage } from '../common/pagination/page';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { CreateWebhookDto } from './dto/create-webhook.dto';
import { UpdateWebhookDto } from './dto/update-webhook.dto';
import { WebhookQueryDto } from './dto/webhook-query.dto';
import { WebhookPageResponse, WebhookResponse, WebhookWithTokenResponse } from './dto/webhook.response';
import { toWebhookResponse, toWebhookWithTokenResponse } from './webhook.mapper';
import { WebhookService } from './webhook.service';

/** What opens a way to start runs needs `run` as well: a webhook acts for whoever made it. */
@ApiTags('Webhooks')
@Controller('webhooks')
@RequireScope('write')
export class WebhookController {
  constructor(private readonly webhooks: WebhookService) {}

  @Get()
  @RequireScope('read')
  @ApiOperation({ operationId: 'listWebhooks', summary: 'List webhooks, newest first' })
  @ApiOkResponse({ type: WebhookPageResponse })
  @ApiErrors('INVALID_REQUEST')
  async list(@Query() query: WebhookQueryDto): Promise<WebhookPageResponse> {
    return mapPage(await this.webhooks.list(query), toWebhookResponse);
  }

  @Post()
  @Idempotent()
  @Tagged()
  @ApiOperation({
    operationId: 'createWebhook',
    summary: 'Give a workflow an address that starts it; the address is shown this once',
    description: 'Needs the scopes `write` and `run`.',
  })
  @ApiCreatedResponse({ type: WebhookWithTokenResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async create(
    @Body() body: CreateWebhookDto,
    @CurrentKey() key: CallerKey,
  ): Promise<WebhookWithTokenResponse> {
    assertScope(key, 'run');
    const { webhook, token } = await this.webhooks.create(body);
    return toWebhookWithTokenResponse(webhook, token);
  }

  @Get(':webhook_id')
  @Tagged()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getWebhook', summary: 'Get a webhook, without its token and secret' })
  @ApiOkResponse({ type: WebhookResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async get(@Param('webhook_id', UuidPipe) id: string): Promise<WebhookResponse> {
    return toWebhookResponse(await this.webhooks.get(id));
  }

  @Put(':webhook_id')
  @Tagged()
  @ApiOperation({
    operationId: 'updateWebhook',
    summary: 'Change a webhook',
    description: 'Fields that are left out stay. Needs the scopes `write` and `run`.',
  })
  @ApiOkResponse({ type: WebhookResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async update(
    @Param('webhook_id', UuidPipe) id: string,
    @Body() body: UpdateWebhookDto,
    @CurrentKey() key: CallerKey,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<WebhookResponse> {
    assertScope(key, 'run');
    return toWebhookResponse(await this.webhooks.update(id, body, expected));
  }

  @Delete(':webhook_id')
  @ApiOperation({ operationId: 'deleteWebhook', summary: 'Delete a webhook; its address ends at once' })
  @ApiOkResponse({ type: MessageResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async delete(
    @Param('webhook_id', UuidPipe) id: string,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<MessageResponse> {
    await this.webhooks.delete(id, expected);
    return { message: 'Webhook deleted successfully' };
  }

  @Post(':webhook_id/rotate-token')
  @Idempotent()
  @Tagged()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'rotateWebhookToken',
    summary: 'Give a webhook a new address, shown this once; the old one ends at once',
    description: 'Needs the scopes `write` and `run`.',
  })
  @ApiOkResponse({ type: WebhookWithTokenResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async rotateToken(
    @Param('webhook_id', UuidPipe) id: string,
    @CurrentKey() key: CallerKey,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<WebhookWithTokenResponse> {
    assertScope(key, 'run');
    const { webhook, token } = await this.webhooks.rotateToken(id, expected);
    return toWebhookWithTokenResponse(webhook, token);
  }
}
