import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';

const MAX_RELATED = 100;
/** Longer than any marker and any relation's name. */
const MAX_TEXT = 300;

const withinLimits = { message: `must be from 1 to ${MAX_RELATED}` };
const once = { message: 'must be given once' };
const short = { message: `must be 1 to ${MAX_TEXT} characters long` };

/** Which part of an entity's related entities is wanted. */
export class RelatedQueryDto {
  @ApiPropertyOptional({
    minLength: 1,
    maxLength: MAX_TEXT,
    example: 'has_run',
    description: 'Only the related entities of this relationship',
  })
  @IfGiven()
  @Length(1, MAX_TEXT, short)
  @IsString(once)
  relationship?: string;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: MAX_TEXT,
    description: '`related_next` of the answer before, to go on from there',
  })
  @IfGiven()
  @Length(1, MAX_TEXT, short)
  @IsString(once)
  after?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_RELATED,
    default: MAX_RELATED,
    description: 'How many related entities to send at most',
  })
  @Max(MAX_RELATED, withinLimits)
  @Min(1, withinLimits)
  @IsInt({ message: 'must be an integer' })
  limit: number = MAX_RELATED;
}
