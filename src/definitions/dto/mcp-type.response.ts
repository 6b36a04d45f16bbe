import { ApiProperty } from '@nestjs/swagger';

import { CONFIG_SCHEMA } from '../../common/openapi/schema-names';
import type { Json } from '../../common/wire/json';
import { MCP_TYPES, type McpType } from '../../components/component-type';
import type { JsonObject } from '../../engine/core/json';

/** A type of component that can be defined. */
export class McpTypeResponse {
  @ApiProperty({ enum: MCP_TYPES, enumName: 'McpType' })
  type!: McpType;

  @ApiProperty({ description: 'What the type is for, in a sentence' })
  summary!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'JSON Schema 2020-12 of the configuration',
  })
  configSchema!: Json<JsonObject>;

  @ApiProperty({ ...CONFIG_SCHEMA, description: 'A configuration that works as it stands' })
  example!: Json<JsonObject>;
}

/** All types. */
export class McpTypeListResponse {
  @ApiProperty({ type: [McpTypeResponse] })
  items!: McpTypeResponse[];
}
