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
  @IsArray()
  @ArrayMaxSize(MAX_TOOLS)
  @IsString({ each: true })
  @MaxLength(256, { each: true })
  tools?: string[];
}
