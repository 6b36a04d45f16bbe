import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, MaxLength } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';

/** Most tools that one request accepts by name. */
const MAX_TOOLS = 1000;

export class AcceptToolsDto {
  @ApiProperty({
    type: [String],
    required: false,
    maxItems: MAX_TOOLS,
    description: 'The tools to accept as they are now; absent: all of them',
  })
  @IfGiven()
  @MaxLength(256, { each: true, message: 'each value must be at most 256 characters long' })
  @IsString({ each: true, message: 'each value must be a string' })
  @ArrayMaxSize(MAX_TOOLS, { message: `must have at most ${MAX_TOOLS} values` })
  @IsArray({ message: 'must be a list of names of tools' })
  tools?: string[];
}
