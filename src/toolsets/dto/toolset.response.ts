import { ApiProperty } from '@nestjs/swagger';

import { REVISION_SCHEMA } from '../../common/conditional/revision-schema';
import { PageResponse } from '../../common/pagination/page.response';
import type { Json } from '../../common/wire/json';
import type { JsonObject } from '../../engine/core/json';
import { TOOLSET_MODES, type ToolsetMode } from '../toolset';
import { MEMBERS_SCHEMA } from '../toolset-members';

/** A toolset. */
export class ToolsetResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'support' })
  name!: string;

  @ApiProperty()
  description!: string;

  @ApiProperty({ description: 'Where MCP clients find it on this server', example: '/mcp/support' })
  path!: string;

  @ApiProperty({ enum: TOOLSET_MODES })
  mode!: ToolsetMode;

  @ApiProperty({
    ...(MEMBERS_SCHEMA as unknown as object),
    nullable: true,
    description: 'Null: everything that is registered',
  })
  members!: Json<JsonObject[] | null>;

  @ApiProperty({ type: [String] })
  allow!: readonly string[];

  @ApiProperty({ type: [String] })
  deny!: readonly string[];

  @ApiProperty(REVISION_SCHEMA)
  revision!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

export class ToolsetPageResponse extends PageResponse(ToolsetResponse) {}
