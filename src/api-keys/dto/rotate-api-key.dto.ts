import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { OptionalBody } from '../../common/wire/optional-body.decorator';

/** A week: longer, and the old key is one that somebody still uses, which wants a key of its own. */
export const MAX_GRACE_SECONDS = 7 * 24 * 60 * 60;

const withinLimits = { message: `must be from 0 to ${MAX_GRACE_SECONDS}` };

/** How a key is rotated. */
@OptionalBody()
export class RotateApiKeyDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_GRACE_SECONDS,
    default: 0,
    description: 'For how long the text that the key had until now still works; at 0 it ends at once',
  })
  @IfGiven()
  @Max(MAX_GRACE_SECONDS, withinLimits)
  @Min(0, withinLimits)
  @IsInt({ message: 'must be an integer' })
  graceSeconds?: number;
}
