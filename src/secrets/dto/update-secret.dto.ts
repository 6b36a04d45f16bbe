import { ApiPropertyOptional } from '@nestjs/swagger';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsDescription, MAX_DESCRIPTION_LENGTH } from '../../common/validation/text.decorators';
import { IsSecretValue, SECRET_VALUE_SCHEMA } from './secret-fields';

/** What changes a secret: a field that is left out stays as it is. Its name stays: configurations refer to it. */
export class UpdateSecretDto {
  @ApiPropertyOptional({ maxLength: MAX_DESCRIPTION_LENGTH })
  @IfGiven()
  @IsDescription()
  description?: string;

  @ApiPropertyOptional(SECRET_VALUE_SCHEMA)
  @IfGiven()
  @IsSecretValue()
  value?: string;
}
