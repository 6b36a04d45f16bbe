import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { OptionalBody } from '../../common/wire/optional-body.decorator';

/** How a run is repeated. */
@OptionalBody()
export class RerunDto {
  @ApiPropertyOptional({
    example: 'post',
    description:
      'Take over what the steps before this one gave, and begin with it. Default: all is done again',
  })
  @IfGiven()
  @IsString({ message: 'must be the id of a step' })
  fromStep?: string;
}
