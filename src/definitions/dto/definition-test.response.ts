import { ApiProperty } from '@nestjs/swagger';

import type { Json } from '../../common/wire/json';
import type { JsonObject } from '../../engine/core/json';
import { ServerErrorResponse } from './server-tools.response';

/** What the test of a definition found. */
export class DefinitionTestResponse {
  @ApiProperty({ description: 'Whether the far side answered as it must' })
  ok!: boolean;

  @ApiProperty({ type: Number, nullable: true, description: 'Of the whole test, in milliseconds' })
  latencyMs!: number | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'What the far side says of itself; which members there are depends on the type',
  })
  facts!: Json<JsonObject> | null;

  @ApiProperty({ type: ServerErrorResponse, nullable: true })
  error!: ServerErrorResponse | null;
}
