import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

import { type Scope, SCOPES } from '../../common/auth/caller-key';

/** The session that a request came with. */
export class SessionResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'uuid', description: 'The key that it acts for, and dies with' })
  apiKeyId!: string;

  @ApiProperty({ enum: SCOPES, isArray: true, description: "The key's" })
  scopes!: readonly Scope[];

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When its token ends: refresh it before that',
  })
  expiresAt!: Date;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it ends, however often refreshed' })
  endsAt!: Date;

  @ApiPropertyOptional({
    description: 'Only with a cookie: what X-CSRF-Token must be on every request that changes something',
    example: 'Hn3nq0nYbY5Gq8mVJ1m0Ng',
  })
  csrfToken?: string;
}

/** A session with its new token. */
export class GrantedSessionResponse extends SessionResponse {
  @ApiPropertyOptional({
    description: 'A JWT, for `Authorization: Bearer`. Not there when it was set as a cookie',
    example: 'eyJhbGciOiJIUzI1NiJ9.eyJzaWQiOiIwMTlhIn0.c2lnbmF0dXJl',
  })
  token?: string;

  @ApiProperty({ enum: ['Bearer', 'Cookie'], description: 'How the token is to be sent' })
  tokenType!: 'Bearer' | 'Cookie';
}
