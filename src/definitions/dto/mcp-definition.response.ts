import { ApiProperty } from '@nestjs/swagger';

import { REVISION_SCHEMA } from '../../common/conditional/revision-schema';
import type { Labels } from '../../common/labels/is-labels.decorator';
import { CONFIG_SCHEMA, LABELS_SCHEMA } from '../../common/openapi/schema-names';
import { PageResponse } from '../../common/pagination/page.response';
import type { Json } from '../../common/wire/json';
import { MCP_TYPES, type McpType } from '../../components/component-type';
import type { JsonObject } from '../../engine/core/json';

/** One version of a component. */
export class McpVersionResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: '1.0.0' })
  version!: string;

  @ApiProperty(CONFIG_SCHEMA)
  config!: Json<JsonObject>;

  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: {},
    description: 'What a call must bring as inputs, as JSON Schema 2020-12; null: anything',
  })
  inputSchema!: Json<JsonObject | null>;

  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: {},
    description: 'What a call must give as output, as JSON Schema 2020-12; null: anything',
  })
  outputSchema!: Json<JsonObject | null>;

  @ApiProperty({ description: 'Whether steps that name no version get this one' })
  isLatest!: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;
}

/** A component with its latest version. */
export class McpDefinitionResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  description!: string;

  @ApiProperty({ enum: MCP_TYPES, enumName: 'McpType' })
  mcpType!: McpType;

  @ApiProperty(LABELS_SCHEMA)
  labels!: Json<Labels>;

  @ApiProperty(REVISION_SCHEMA)
  revision!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;

  @ApiProperty({ type: McpVersionResponse })
  latestVersion!: McpVersionResponse;
}

/** A component with all its versions. */
export class McpDefinitionDetailResponse extends McpDefinitionResponse {
  @ApiProperty({ type: [McpVersionResponse], description: 'Newest first' })
  versions!: McpVersionResponse[];
}

export class McpDefinitionPageResponse extends PageResponse(McpDefinitionResponse) {}

export class McpVersionPageResponse extends PageResponse(McpVersionResponse) {}
