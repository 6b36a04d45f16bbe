import { Body, Controller, Headers, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';

import { Public } from '../common/auth/public.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { AppError } from '../common/errors/app-error';
import type { AppRequest } from '../common/http/app-request';
import { IDEMPOTENCY_KEY_HEADER, readIdempotencyKey } from '../common/idempotency/idempotency-key';
import { WebhookPost } from './dto/webhook-post';
import { WebhookRunResponse } from './dto/webhook.response';
import { WebhookPostService } from './webhook-post.service';
import { DEFAULT_SIGNATURE_HEADER, TIMESTAMP_HEADER } from './webhook-signature';

/** The addresses of webhooks: open without a key, because the token in the path is the key. */
@ApiTags('Webhooks')
@Controller('webhooks')
@Public()
export class WebhookPostController {
  constructor(private readonly posts: WebhookPostService) {}

  @Post(':token')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'postToWebhook',
    summary: "Start a run of the webhook's workflow with the posted object as its parameters",
    description: 'Needs no API key: the token in the path is the secret.',
    security: [],
  })
  @ApiHeader({
    ...IDEMPOTENCY_KEY_HEADER,
    description: 'The same key and body give the same run for 24 h; the same key and another body 422',
  })
  @ApiHeader({
    name: DEFAULT_SIGNATURE_HEADER,
    required: false,
    description:
      'For webhooks that ask for it, under the name that they chose: `sha256=` and the HMAC-SHA256',
  })
  @ApiHeader({
    name: TIMESTAMP_HEADER,
    required: false,
    description: 'Beside a signature: when it was made, in seconds since 1970',
  })
  @ApiBody({ schema: { type: 'object', additionalProperties: true } })
  @ApiAcceptedResponse({ type: WebhookRunResponse, description: 'The run is recorded: it will run, and end' })
  @ApiErrors(
    'INVALID_REQUEST',
    'UNAUTHENTICATED',
    'FORBIDDEN',
    'NOT_FOUND',
    'CONFLICT',
    'UNPROCESSABLE',
    'RATE_LIMITED',
    'INTERNAL',
    'UNAVAILABLE',
  )
  async post(
    @Param('token') token: string,
    @Body() { parameters }: WebhookPost,
    @Req() request: AppRequest,
    @Res({ passthrough: true }) response: Response,
    @Headers('idempotency-key') idempotencyHeader?: string,
  ): Promise<WebhookRunResponse> {
    const outcome = await this.posts.receive({
      token,
      parameters,
      body: request.rawBody ?? Buffer.alloc(0),
      header: (name) => {
        const value = request.headers[name];
        return typeof value === 'string' ? value : undefined;
      },
      idempotencyKey: readIdempotencyKey(idempotencyHeader),
    });
    if (outcome.kind === 'started') return { runId: outcome.runId };
    response.setHeader('Retry-After', String(outcome.retryAfterSeconds));
    throw new AppError('RATE_LIMITED', 'Rate limit exceeded');
  }
}
