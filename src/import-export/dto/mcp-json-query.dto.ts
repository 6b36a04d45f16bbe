import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsToolsetName, TOOLSET_NAME } from '../../toolsets/dto/toolset-fields';
import { MCP_CLIENTS, type McpClient } from '../core/write-mcp-json';

/** For which client an `mcp.json` is written. */
export class McpJsonQueryDto {
  @ApiPropertyOptional({
    enum: MCP_CLIENTS,
    enumName: 'McpClient',
    default: 'claude',
    description: 'Whose form the file has: Claude Desktop and Claude Code, Cursor, or VS Code',
  })
  @IfGiven()
  @IsIn(MCP_CLIENTS, { message: `must be one of ${MCP_CLIENTS.join(', ')}` })
  client: McpClient = 'claude';
}

/** Which address of the MCP endpoint is written, and for which client. */
export class EndpointQueryDto extends McpJsonQueryDto {
  @ApiPropertyOptional({
    pattern: TOOLSET_NAME.source,
    description: 'The name of a toolset, whose address is then written; without it, that of everything',
  })
  @IfGiven()
  @IsToolsetName()
  toolset?: string;
}
