import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayNotEmpty, IsArray, IsIn } from 'class-validator';

import { type Scope, SCOPES } from '../../common/auth/caller-key';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsInstant } from '../../common/validation/instant.decorators';
import { IsName, MAX_NAME_LENGTH } from '../../common/validation/text.decorators';

/** What makes a key. */
export class CreateApiKeyDto {
  @ApiProperty({ minLength: 1, maxLength: MAX_NAME_LENGTH, example: 'ci' })
  @IsName()
  name!: string;

  @ApiPropertyOptional({
    enum: SCOPES,
    isArray: true,
    minItems: 1,
    description: 'What the key may do; everything but `admin` when left out',
  })
  @IfGiven()
  @IsIn(SCOPES, { each: true, message: `each value must be one of ${SCOPES.join(', ')}` })
  @ArrayNotEmpty({ message: `must name at least one of ${SCOPES.join(', ')}` })
  @IsArray({ message: 'must be a list of scopes' })
  scopes?: Scope[];

  @ApiPropertyOptional({ format: 'date-time', description: 'When the key ends; never when left out' })
  @IfGiven()
  @IsInstant()
  expiresAt?: string;
}
