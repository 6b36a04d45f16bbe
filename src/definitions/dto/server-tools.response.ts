import { ApiProperty } from '@nestjs/swagger';

import { ERROR_CODES, type ErrorCode } from '../../common/errors/error-codes';
import type { Json } from '../../common/wire/json';
import { TOOL_DRIFTS, type ToolDrift } from '../../components/mcp-server/tool-drift';
import type { JsonObject } from '../../engine/core/json';

const ANY_OBJECT = { type: 'object', additionalProperties: true } as const;

/** What a tool says of itself. */
export class ToolDefinitionResponse {
  @ApiProperty({ type: String, nullable: true })
  title!: string | null;

  @ApiProperty({ type: String, nullable: true })
  description!: string | null;

  @ApiProperty({ ...ANY_OBJECT, description: 'JSON Schema of the arguments' })
  inputSchema!: Json<JsonObject>;

  @ApiProperty({ ...ANY_OBJECT, nullable: true, description: 'JSON Schema of structured results' })
  outputSchema!: Json<JsonObject> | null;

  @ApiProperty({ ...ANY_OBJECT, nullable: true, description: 'Hints, such as `readOnlyHint`' })
  annotations!: Json<JsonObject> | null;
}

/** A tool of a server, and how it stands to what was approved. */
export class ServerToolResponse extends ToolDefinitionResponse {
  @ApiProperty()
  name!: string;

  @ApiProperty({
    enum: TOOL_DRIFTS,
    enumName: 'ToolDrift',
    description: 'Against what was approved: the first list that was seen, or what was accepted since',
  })
  drift!: ToolDrift;

  @ApiProperty({ description: 'Whether it may not be called before it is accepted (`hold_drifted_tools`)' })
  isHeld!: boolean;

  @ApiProperty({
    type: ToolDefinitionResponse,
    nullable: true,
    description: 'A changed tool as it was approved',
  })
  approved!: ToolDefinitionResponse | null;
}

/** Why a server could not be reached. */
export class ServerErrorResponse {
  @ApiProperty({ enum: Object.keys(ERROR_CODES) })
  code!: ErrorCode;

  @ApiProperty({ description: 'What is wrong, as a sentence' })
  detail!: string;
}

/** The tools of an MCP server. */
export class ServerToolListResponse {
  @ApiProperty({ type: [ServerToolResponse] })
  items!: ServerToolResponse[];

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the server was asked; null when it never answered',
  })
  fetchedAt!: Date | null;

  @ApiProperty({ description: 'Whether the server cannot be reached now: these are the last tools it told' })
  isStale!: boolean;

  @ApiProperty({ type: ServerErrorResponse, nullable: true })
  error!: ServerErrorResponse | null;
}
