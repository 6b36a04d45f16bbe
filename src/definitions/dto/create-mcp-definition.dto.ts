import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject } from 'class-validator';

import { IsLabels, type Labels } from '../../common/labels/is-labels.decorator';
import { CONFIG_SCHEMA, LABELS_SCHEMA } from '../../common/openapi/schema-names';
import { IfGiven } from '../../common/validation/if-given.decorator';
import {
  IsDescription,
  IsName,
  MAX_DESCRIPTION_LENGTH,
  MAX_NAME_LENGTH,
} from '../../common/validation/text.decorators';
import { IsVersion } from '../../common/versioning/is-version.decorator';
import { FIRST_VERSION } from '../../common/versioning/semantic-version';
import { MCP_TYPES, type McpType } from '../../components/component-type';
import type { JsonObject } from '../../engine/core/json';
import { IsDataSchema } from './is-data-schema.decorator';

/** What makes a component. */
export class CreateMcpDefinitionDto {
  @ApiProperty({ minLength: 1, maxLength: MAX_NAME_LENGTH, description: 'Unique', example: 'add-numbers' })
  @IsName()
  name!: string;

  @ApiPropertyOptional({ maxLength: MAX_DESCRIPTION_LENGTH, default: '' })
  @IfGiven()
  @IsDescription()
  description?: string;

  @ApiProperty({ enum: MCP_TYPES, enumName: 'McpType' })
  @IsIn(MCP_TYPES, { message: `must be one of ${MCP_TYPES.join(', ')}` })
  mcpType!: McpType;

  @ApiPropertyOptional(LABELS_SCHEMA)
  @IfGiven()
  @IsLabels()
  labels?: Labels;

  @ApiProperty(CONFIG_SCHEMA)
  @IsObject({ message: 'must be an object' })
  config!: JsonObject;

  @IsDataSchema('What calls must bring as inputs')
  inputSchema?: JsonObject | null;

  @IsDataSchema('What calls must give as output')
  outputSchema?: JsonObject | null;

  @ApiPropertyOptional({ description: 'The number of the first version', default: FIRST_VERSION })
  @IfGiven()
  @IsVersion()
  version?: string;
}
