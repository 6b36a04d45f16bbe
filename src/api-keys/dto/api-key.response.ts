import { ApiProperty } from '@nestjs/swagger';

import { type Scope, SCOPES } from '../../common/auth/caller-key';
import { REVISION_SCHEMA } from '../../common/conditional/revision-schema';
import { PageResponse } from '../../common/pagination/page.response';

/** What every answer shows of a key. */
class ApiKeyFields {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ description: 'The first characters of the key', example: 'mcp_3vSK' })
  prefix!: string;

  @ApiProperty({ enum: SCOPES, isArray: true })
  scopes!: readonly Scope[];

  @ApiProperty({
    type: [String],
    format: 'uuid',
    nullable: true,
    description: 'Ids of the toolsets that the key is limited to; null when it is not',
  })
  toolsets!: readonly string[] | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null: never' })
  expiresAt!: Date | null;

  @ApiProperty(REVISION_SCHEMA)
  revision!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;
}

/** A key as it is listed. */
export class ApiKeyResponse extends ApiKeyFields {
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Written once a minute; null when the key was never used',
  })
  lastUsedAt!: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the key last got a new text; null when it has its first',
  })
  rotatedAt!: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Until when an earlier text of the key works; null when none does',
  })
  previousKeyEndsAt!: Date | null;
}

/** A key just made. */
export class CreatedApiKeyResponse extends ApiKeyFields {
  @ApiProperty({ description: 'The key itself: shown this once, stored nowhere', example: 'mcp_…' })
  key!: string;
}

/** A key that just got a new text. */
export class RotatedApiKeyResponse extends CreatedApiKeyResponse {
  @ApiProperty({ type: String, format: 'date-time' })
  rotatedAt!: Date;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Until when the text that the key had works; null when it ended with this answer',
  })
  previousKeyEndsAt!: Date | null;
}

export class ApiKeyPageResponse extends PageResponse(ApiKeyResponse) {}
