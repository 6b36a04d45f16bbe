import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsUUID } from 'class-validator';
import { IfGiven } from '../../common/validation/if-given.decorator';
import type { JsonObject } from '../../engine/core/json';
import { IsLabels, type Labels } from '../../common/labels/is-labels.decorator';

/** What starts a run. */
export class StartRunDto {
  @ApiProperty({ format: 'uuid', description: 'The workflow to run, at its latest version' })
  @IsUUID(undefined, { message: 'must be a UUID' })
  workflowDefinitionId!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Checked against the `parameters_schema` of the workflow',
  })
  @IfGiven()
  @IsObject({ message: 'must be an object' })
  parameters?: JsonObject;

  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' }, example: { team: 'ops' } })
  @IfGiven()
  @IsLabels()
  labels?: Labels;
}
