import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject } from 'class-validator';

import { CONFIG_SCHEMA } from '../../common/openapi/schema-names';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsVersion } from '../../common/versioning/is-version.decorator';
import type { JsonObject } from '../../engine/core/json';
import { IsDataSchema } from './is-data-schema.decorator';

/** What makes a new version of a component. */
export class CreateMcpVersionDto {
  @ApiProperty(CONFIG_SCHEMA)
  @IsObject({ message: 'must be an object' })
  config!: JsonObject;

  @IsDataSchema('What calls must bring as inputs')
  inputSchema?: JsonObject | null;

  @IsDataSchema('What calls must give as output')
  outputSchema?: JsonObject | null;

  @ApiPropertyOptional({
    description: 'Greater than all versions so far; the next minor after the greatest when left out',
  })
  @IfGiven()
  @IsVersion()
  version?: string;
}
