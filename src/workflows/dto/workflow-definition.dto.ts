import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsObject } from 'class-validator';

import { IsLabels, type Labels } from '../../common/labels/is-labels.decorator';
import { LABELS_SCHEMA } from '../../common/openapi/schema-names';
import { IfGiven } from '../../common/validation/if-given.decorator';
import {
  IsDescription,
  IsName,
  MAX_DESCRIPTION_LENGTH,
  MAX_NAME_LENGTH,
} from '../../common/validation/text.decorators';
import { IsVersion } from '../../common/versioning/is-version.decorator';
import { FIRST_VERSION } from '../../common/versioning/semantic-version';
import { RestFields } from '../../common/wire/rest-fields.decorator';
import type { JsonObject } from '../../engine/core/json';

/** What makes a workflow: these fields, and beside them those of the spec. */
export class CreateWorkflowDefinitionDto {
  @ApiProperty({ minLength: 1, maxLength: MAX_NAME_LENGTH, description: 'Unique', example: 'nightly-report' })
  @IsName()
  name!: string;

  @ApiPropertyOptional({ maxLength: MAX_DESCRIPTION_LENGTH, default: '' })
  @IfGiven()
  @IsDescription()
  description?: string;

  @ApiPropertyOptional(LABELS_SCHEMA)
  @IfGiven()
  @IsLabels()
  labels?: Labels;

  @ApiPropertyOptional({
    default: false,
    description:
      'Whether clients of the MCP endpoint see it as a tool, with `parameters_schema` as its input',
  })
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  exposeAsTool?: boolean;

  @ApiPropertyOptional({ description: 'The number of the first version', default: FIRST_VERSION })
  @IfGiven()
  @IsVersion()
  version?: string;

  @RestFields()
  @IsObject()
  spec!: JsonObject;
}

/**
 * What changes a workflow: a field that is left out stays as it is. The fields of the spec belong together: when
 * one is given, all of the spec is replaced.
 */
export class UpdateWorkflowDefinitionDto {
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

  @ApiPropertyOptional()
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  exposeAsTool?: boolean;

  @ApiPropertyOptional({ description: 'The number of the new version; the next minor when left out' })
  @IfGiven()
  @IsVersion()
  version?: string;

  @RestFields()
  @IsObject()
  spec!: JsonObject;
}

/** What makes a new version of a workflow: its number, and beside it the fields of the spec. */
export class CreateWorkflowVersionDto {
  @ApiPropertyOptional({
    description: 'Greater than all versions so far; the next minor after the greatest when left out',
  })
  @IfGiven()
  @IsVersion()
  version?: string;

  @RestFields()
  @IsObject()
  spec!: JsonObject;
}
