import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsDescription, MAX_DESCRIPTION_LENGTH } from '../../common/validation/text.decorators';
import { SECRET_NAME } from '../../components/secrets/secret-references';
import { IsSecretValue, SECRET_VALUE_SCHEMA } from './secret-fields';

/** What makes a secret. */
export class CreateSecretDto {
  @ApiProperty({
    pattern: SECRET_NAME.source,
    description: 'Unique; configurations refer to it as `${{ secrets.NAME }}`',
    example: 'CRM_TOKEN',
  })
  @Matches(SECRET_NAME, {
    message: 'must be 1 to 128 letters, digits and underscores, and not begin with a digit',
  })
  @IsString({ message: 'must be a string' })
  name!: string;

  @ApiPropertyOptional({ maxLength: MAX_DESCRIPTION_LENGTH, default: '' })
  @IfGiven()
  @IsDescription()
  description?: string;

  @ApiProperty(SECRET_VALUE_SCHEMA)
  @IsSecretValue()
  value!: string;
}
