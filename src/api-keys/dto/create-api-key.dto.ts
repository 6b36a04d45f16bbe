import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsUUID } from 'class-validator';

import { type Scope, SCOPES } from '../../common/auth/caller-key';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsInstant } from '../../common/validation/instant.decorators';
import { IsName, MAX_NAME_LENGTH } from '../../common/validation/text.decorators';

const MAX_TOOLSETS = 100;

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

  @ApiPropertyOptional({
    type: [String],
    format: 'uuid',
    minItems: 1,
    maxItems: MAX_TOOLSETS,
    description:
      'Ids of toolsets: the key then works at their addresses (`/mcp/<toolset>`) and nowhere else. Not limited when left out',
  })
  @IfGiven()
  @IsUUID(undefined, { each: true, message: 'each value must be a UUID' })
  @ArrayMaxSize(MAX_TOOLSETS, { message: `must have at most ${MAX_TOOLSETS} values` })
  @ArrayNotEmpty({ message: 'must name at least one toolset' })
  @IsArray({ message: 'must be a list of ids' })
  toolsets?: string[];

  @ApiPropertyOptional({ format: 'date-time', description: 'When the key ends; never when left out' })
  @IfGiven()
  @IsInstant()
  expiresAt?: string;
}
