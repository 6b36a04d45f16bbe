import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequireScope } from '../common/auth/require-scope.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import type { AppRequest } from '../common/http/app-request';
import { schemaReference } from '../common/openapi/schema-names';
import { Json } from '../common/wire/json';
import type { JsonObject } from '../engine/core/json';
import { EndpointQueryDto, McpJsonQueryDto } from './dto/mcp-json-query.dto';
import { ServerJsonQueryDto } from './dto/server-json-query.dto';
import { ExportService } from './export.service';

@ApiTags('Import and export')
@Controller('export')
@RequireScope('read')
export class ExportController {
  constructor(private readonly exports: ExportService) {}

  @Get()
  @ApiOperation({
    operationId: 'exportConfiguration',
    summary: 'Export the whole configuration as one document, without ids and secrets',
    description: 'Two exports of the same configuration are the same, wherever it is: it can be kept in Git.',
  })
  @ApiOkResponse({ schema: schemaReference('configuration') })
  async exportAll(): Promise<Json<JsonObject>> {
    return new Json(await this.exports.exportAll());
  }

  @Get('mcp-json')
  @ApiOperation({
    operationId: 'exportMcpJson',
    summary: 'Export the MCP servers that are registered as an mcp.json of Claude, Cursor or VS Code',
    description: 'Secrets become variables, which whoever uses the file must set.',
  })
  @ApiOkResponse({ schema: schemaReference('mcpJson') })
  @ApiErrors('INVALID_REQUEST')
  async exportMcpJson(@Query() { client }: McpJsonQueryDto): Promise<Json<JsonObject>> {
    return new Json(await this.exports.exportMcpJson(client));
  }

  @Get('mcp-json/endpoint')
  @ApiOperation({
    operationId: 'exportEndpointMcpJson',
    summary: 'Export the address of the MCP endpoint of this server, or of a toolset, as an mcp.json',
    description: 'What to paste into a client. The key is the variable `MCP_BACKEND_API_KEY`.',
  })
  @ApiOkResponse({ schema: schemaReference('mcpJson') })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async exportEndpoint(
    @Query() { client, toolset }: EndpointQueryDto,
    @Req() request: AppRequest,
  ): Promise<Json<JsonObject>> {
    const origin = `${request.protocol}://${request.get('host') ?? ''}`;
    return new Json(await this.exports.exportEndpoint(client, origin, toolset ?? null));
  }

  @Get('server-json')
  @ApiOperation({
    operationId: 'exportServerJson',
    summary: 'Export an MCP server as a server.json of the MCP registry',
    description:
      'Secrets become variables. A process must be started by `npx` or `uvx`, or others could not fetch it.',
  })
  @ApiOkResponse({ schema: schemaReference('serverJson') })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'UNPROCESSABLE')
  async exportServerJson(@Query() { name }: ServerJsonQueryDto): Promise<Json<JsonObject>> {
    return new Json(await this.exports.exportServerJson(name));
  }
}
