import { ApiProperty } from '@nestjs/swagger';

import { CONFIG_SCHEMA } from '../../common/openapi/schema-names';
import type { Json } from '../../common/wire/json';
import { MCP_TYPES, type McpType } from '../../components/component-type';
import type { JsonObject } from '../../engine/core/json';

/** Which configurations of a type execute code or commands on the server, and so need the scope `code`. */
export const CODE_EXECUTION = ['never', 'by_configuration', 'always'] as const;
export type CodeExecution = (typeof CODE_EXECUTION)[number];

/** A type of component that can be defined. */
export class McpTypeResponse {
  @ApiProperty({ enum: MCP_TYPES, enumName: 'McpType' })
  type!: McpType;

  @ApiProperty({ description: 'What the type is for, in a sentence' })
  summary!: string;

  @ApiProperty({
    enum: CODE_EXECUTION,
    enumName: 'CodeExecution',
    description:
      'Whether configurations execute code or commands on the server: saving such a one needs the scope `code`',
  })
  executesCode!: CodeExecution;

  @ApiProperty({ description: 'Whether this server can run components of the type as they come' })
  available!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'Why not; null when it can' })
  reason!: string | null;

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
