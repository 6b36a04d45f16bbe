import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { OptionalBody } from '../../common/wire/optional-body.decorator';

/** How a session is to be carried. */
@OptionalBody()
export class BeginSessionDto {
  @ApiPropertyOptional({
    default: false,
    description:
      'For browsers: the token is set as a cookie that no script can read, instead of being told in the answer',
  })
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  cookie?: boolean;
}
