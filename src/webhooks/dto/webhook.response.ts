import { ApiProperty } from '@nestjs/swagger';

import { REVISION_SCHEMA } from '../../common/conditional/revision-schema';
import { PageResponse } from '../../common/pagination/page.response';
import { SignatureResponse } from './signature-config.dto';

/** A webhook. */
export class WebhookResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ format: 'uuid' })
  workflowDefinitionId!: string;

  @ApiProperty()
  enabled!: boolean;

  @ApiProperty({ description: 'The first characters of its token', example: 'whk_3vSK' })
  tokenPrefix!: string;

  @ApiProperty({ type: SignatureResponse, nullable: true, description: 'Null: posts need no signature' })
  signature!: SignatureResponse | null;

  @ApiProperty({ type: 'integer' })
  rateLimitPerMinute!: number;

  @ApiProperty(REVISION_SCHEMA)
  revision!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

/** A webhook with the token that it has just been given. */
export class WebhookWithTokenResponse extends WebhookResponse {
  @ApiProperty({ description: 'Shown this once, stored nowhere', example: 'whk_…' })
  token!: string;

  @ApiProperty({ description: 'Where to post', example: '/webhooks/whk_…' })
  path!: string;
}

export class WebhookPageResponse extends PageResponse(WebhookResponse) {}

/** What a post has started. */
export class WebhookRunResponse {
  @ApiProperty({ format: 'uuid' })
  runId!: string;
}
