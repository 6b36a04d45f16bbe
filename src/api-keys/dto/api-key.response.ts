import { ApiProperty } from '@nestjs/swagger';

import { type Scope, SCOPES } from '../../common/auth/caller-key';
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

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;
}

/** A key in a list. */
export class ApiKeyResponse extends ApiKeyFields {
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Written once a minute; null when the key was never used',
  })
  lastUsedAt!: Date | null;
}

/** A key just made. */
export class CreatedApiKeyResponse extends ApiKeyFields {
  @ApiProperty({ description: 'The key itself: shown this once, stored nowhere', example: 'mcp_…' })
  key!: string;
}

export class ApiKeyPageResponse extends PageResponse(ApiKeyResponse) {}
