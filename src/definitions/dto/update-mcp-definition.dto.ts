import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject } from 'class-validator';

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
import type { JsonObject } from '../../engine/core/json';
import { IsDataSchema } from './is-data-schema.decorator';

/** What changes a component: a field that is left out stays as it is. */
export class UpdateMcpDefinitionDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: MAX_NAME_LENGTH })
  @IfGiven()
  @IsName()
  name?: string;

  @ApiPropertyOptional({ maxLength: MAX_DESCRIPTION_LENGTH })
  @IfGiven()
  @IsDescription()
  description?: string;

  @ApiPropertyOptional(LABELS_SCHEMA)
  @IfGiven()
  @IsLabels()
  labels?: Labels;

  @ApiPropertyOptional({
    ...CONFIG_SCHEMA,
    description: 'When it or a schema differs from the latest, a new version is made',
  })
  @IfGiven()
  @IsObject({ message: 'must be an object' })
  config?: JsonObject;

  @IsDataSchema('What calls must bring as inputs')
  inputSchema?: JsonObject | null;

  @IsDataSchema('What calls must give as output')
  outputSchema?: JsonObject | null;

  @ApiPropertyOptional({ description: 'The number of the new version; the next minor when left out' })
  @IfGiven()
  @IsVersion()
  version?: string;
}
