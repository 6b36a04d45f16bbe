import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsArray, IsIn, ValidateIf } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsDescription, MAX_DESCRIPTION_LENGTH } from '../../common/validation/text.decorators';
import type { JsonValue } from '../../engine/core/json';
import { TOOLSET_MODES, type ToolsetMode } from '../toolset';
import { MEMBERS_SCHEMA } from '../toolset-members';
import { IsRules, IsToolsetName, RULES_SCHEMA, TOOLSET_NAME } from './toolset-fields';

const NULLABLE_MEMBERS = { ...MEMBERS_SCHEMA, nullable: true } as unknown as object;

/** What makes a toolset. */
export class CreateToolsetDto {
  @ApiProperty({
    pattern: TOOLSET_NAME.source,
    description: 'Unique; its address is `/mcp/<name>`',
    example: 'support',
  })
  @IsToolsetName()
  name!: string;

  @ApiPropertyOptional({
    maxLength: MAX_DESCRIPTION_LENGTH,
    default: '',
    description: 'Told to clients as the instructions of the server',
  })
  @IfGiven()
  @IsDescription()
  description?: string;

  @ApiPropertyOptional({
    enum: TOOLSET_MODES,
    default: 'list',
    description:
      '`list` shows every tool; `search` shows `search_tools` and `call_tool` instead, for models that should not read hundreds',
  })
  @IfGiven()
  @IsIn(TOOLSET_MODES, { message: `must be one of ${TOOLSET_MODES.join(', ')}` })
  mode?: ToolsetMode;

  @ApiPropertyOptional({
    ...NULLABLE_MEMBERS,
    description:
      'The definitions whose tools it has; null or left out: everything that is registered. A workflow needs no `expose_as_tool` here',
  })
  @ValidateIf((_dto, value) => value !== undefined && value !== null)
  @IsArray({ message: 'must be a list of members, or null' })
  members?: JsonValue;

  @ApiPropertyOptional({
    ...RULES_SCHEMA,
    default: [],
    description: 'Patterns of the names of tools and prompts that are let in; all when empty',
  })
  @IfGiven()
  @IsRules()
  allow?: string[];

  @ApiPropertyOptional({
    ...RULES_SCHEMA,
    default: [],
    description: 'Patterns of names that are kept out, also where `allow` lets them in',
  })
  @IfGiven()
  @IsRules()
  deny?: string[];
}

/** What changes a toolset: a field that is left out stays as it is. */
export class UpdateToolsetDto {
  @ApiPropertyOptional({ pattern: TOOLSET_NAME.source })
  @IfGiven()
  @IsToolsetName()
  name?: string;

  @ApiPropertyOptional({ maxLength: MAX_DESCRIPTION_LENGTH })
  @IfGiven()
  @IsDescription()
  description?: string;

  @ApiPropertyOptional({ enum: TOOLSET_MODES })
  @IfGiven()
  @IsIn(TOOLSET_MODES, { message: `must be one of ${TOOLSET_MODES.join(', ')}` })
  mode?: ToolsetMode;

  @ApiPropertyOptional({ ...NULLABLE_MEMBERS, description: 'All of them; null: everything registered' })
  @ValidateIf((_dto, value) => value !== undefined && value !== null)
  @IsArray({ message: 'must be a list of members, or null' })
  members?: JsonValue;

  @ApiPropertyOptional(RULES_SCHEMA)
  @IfGiven()
  @IsRules()
  allow?: string[];

  @ApiPropertyOptional(RULES_SCHEMA)
  @IfGiven()
  @IsRules()
  deny?: string[];
}
