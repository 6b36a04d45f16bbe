import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';

export const DEFAULT_LIMIT = 10;
export const MAX_LIMIT = 100;
/** Far beyond any list, and within PostgreSQL's integers. */
const MAX_SKIP = 2_147_483_647;

const withinLimits = { message: `must be from 1 to ${MAX_LIMIT}` };
const integer = { message: 'must be an integer' };

/** Which part of a list is wanted. Lists with filters extend it. */
export class PageQueryDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_SKIP,
    default: 0,
    description: 'How many of the newest items to leave out',
  })
  @Max(MAX_SKIP)
  @Min(0)
  @IsInt(integer)
  skip: number = 0;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    default: DEFAULT_LIMIT,
    description: 'How many items to send at most',
  })
  @Max(MAX_LIMIT, withinLimits)
  @Min(1, withinLimits)
  @IsInt(integer)
  limit: number = DEFAULT_LIMIT;
}
