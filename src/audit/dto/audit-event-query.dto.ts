import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IsIn, IsString, IsUUID, Length } from 'class-validator';

import { InstantFilter } from '../../common/pagination/filter.decorators';
import { PageQueryDto } from '../../common/pagination/page-query.dto';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsStorable } from '../../common/validation/text.decorators';
import { AUDIT_OUTCOMES, type AuditOutcome } from '../core/audit-event';

/** As long as the longest that is stored. */
const MAX_TEXT = 1_100;

/** Which events are listed. The export takes the same, without a page. */
export class AuditEventQueryDto extends PageQueryDto {
  @InstantFilter('Only events after this time')
  createdAfter?: string;

  @InstantFilter('Only events before this time')
  createdBefore?: string;

  @ExactFilter('Only of this actor: the id of an API key, or `oauth:` and the subject of a token')
  actorId?: string;

  @ExactFilter('Only this action', 'tool.call')
  action?: string;

  @ApiPropertyOptional({ enum: AUDIT_OUTCOMES })
  @IfGiven()
  @IsIn(AUDIT_OUTCOMES, { message: `must be one of: ${AUDIT_OUTCOMES.join(', ')}` })
  outcome?: AuditOutcome;

  @ExactFilter('Only this tool, prompt or resource, by the name that the client used')
  tool?: string;

  @IdFilter('Only what concerns this component or workflow')
  definitionId?: string;

  @IdFilter('Only what concerns this run')
  runId?: string;

  @ExactFilter('Only of this request: the `X-Request-Id` of its answer')
  requestId?: string;

  @ExactFilter('Only what concerns things of this type', 'secret')
  resourceType?: string;

  @ExactFilter('Only what concerns this thing')
  resourceId?: string;
}

/** Which events are exported. */
export class AuditEventFilterDto extends OmitType(AuditEventQueryDto, ['skip', 'limit']) {}

/** A text that must be the whole of what is stored. */
function ExactFilter(description: string, example?: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      minLength: 1,
      maxLength: MAX_TEXT,
      description,
      ...(example !== undefined && { example }),
    }),
    IfGiven(),
    IsString({ message: 'must be given once' }),
    Length(1, MAX_TEXT, { message: `must be 1 to ${MAX_TEXT} characters long` }),
    IsStorable(),
  );
}

function IdFilter(description: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ format: 'uuid', description }),
    IfGiven(),
    IsUUID(undefined, { message: 'must be a UUID' }),
  );
}
