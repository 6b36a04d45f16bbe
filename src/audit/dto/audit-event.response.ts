import { ApiProperty } from '@nestjs/swagger';

import { PageResponse } from '../../common/pagination/page.response';
import type { Json } from '../../common/wire/json';
import { ACTOR_TYPES, AUDIT_OUTCOMES, type AuditActor, type AuditOutcome } from '../core/audit-event';

const TEXT_OR_NULL = { type: String, nullable: true } as const;
const ID_OR_NULL = { type: String, format: 'uuid', nullable: true } as const;

/** Whose credential an action came with. */
export class AuditActorResponse {
  @ApiProperty({ enum: ACTOR_TYPES })
  type!: AuditActor['type'];

  @ApiProperty({ description: 'The id of an API key, or `oauth:` and the subject of a token' })
  id!: string;

  @ApiProperty({ description: 'As it was then' })
  name!: string;

  @ApiProperty({ ...ID_OR_NULL, description: 'The session that acted for the key; null: the key itself' })
  sessionId!: string | null;
}

/** The request of the REST API that an action was. */
export class AuditedRequestResponse {
  @ApiProperty({ example: 'POST' })
  method!: string;

  @ApiProperty({ example: '/api/v1/secrets', description: "The route's template" })
  route!: string;

  @ApiProperty({ type: 'integer', example: 201 })
  status!: number;
}

/** Something that somebody did, or tried to. */
export class AuditEventResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When the outcome was known; it began `duration_ms` earlier',
  })
  createdAt!: Date;

  @ApiProperty({ example: 'tool.call' })
  action!: string;

  @ApiProperty({ enum: AUDIT_OUTCOMES })
  outcome!: AuditOutcome;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'Why it did not succeed' })
  errorCode!: string | null;

  @ApiProperty({ type: AuditActorResponse, nullable: true, description: 'Null: nobody that is known' })
  actor!: AuditActorResponse | null;

  @ApiProperty(TEXT_OR_NULL)
  clientAddress!: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'What the program that asked calls itself' })
  client!: string | null;

  @ApiProperty(TEXT_OR_NULL)
  requestId!: string | null;

  @ApiProperty({
    type: AuditedRequestResponse,
    nullable: true,
    description: 'Null: it came over MCP',
  })
  request!: AuditedRequestResponse | null;

  @ApiProperty({ ...TEXT_OR_NULL, example: 'secret' })
  resourceType!: string | null;

  @ApiProperty(TEXT_OR_NULL)
  resourceId!: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'Whose address of the MCP endpoint was used; null: `/mcp`' })
  toolset!: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'The tool, prompt or resource, as the client named it' })
  tool!: string | null;

  @ApiProperty(ID_OR_NULL)
  definitionId!: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'Of the definition' })
  version!: string | null;

  @ApiProperty(ID_OR_NULL)
  runId!: string | null;

  @ApiProperty({
    nullable: true,
    description: 'What was sent, without secrets; null when there was nothing, or nobody known sent it',
  })
  arguments!: Json;

  @ApiProperty({ description: 'Whether a part was too large, and was left out' })
  argumentsTruncated!: boolean;

  @ApiProperty({ type: 'number' })
  durationMs!: number;
}

export class AuditEventPageResponse extends PageResponse(AuditEventResponse) {}
