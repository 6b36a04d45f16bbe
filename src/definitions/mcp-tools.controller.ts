import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import type { CallerKey } from '../common/auth/caller-key';
import { CurrentKey } from '../common/auth/current-key.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { ClientSignal } from '../common/http/client-signal.decorator';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { AcceptToolsDto } from './dto/accept-tools.dto';
import { DefinitionTestResponse } from './dto/definition-test.response';
import { ServerToolListResponse } from './dto/server-tools.response';
import { toDefinitionTestResponse, toServerToolListResponse } from './mcp-tools.mapper';
import { McpToolsService } from './mcp-tools.service';

@ApiTags('MCP definitions')
@Controller('mcp-definitions/:definition_id')
@RequireScope('run')
export class McpToolsController {
  constructor(private readonly tools: McpToolsService) {}

  @Get('tools')
  @ApiOperation({
    operationId: 'listMcpTools',
    summary: 'List the tools of an MCP server, and how they stand to what was approved',
    description:
      'The server is asked when its list is not known, is older than a minute or was said to have changed. The first list that is seen is approved.',
  })
  @ApiOkResponse({ type: ServerToolListResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'UNPROCESSABLE')
  async list(
    @Param('definition_id', UuidPipe) id: string,
    @ClientSignal() signal: AbortSignal,
  ): Promise<ServerToolListResponse> {
    return toServerToolListResponse(await this.tools.list(id, signal));
  }

  @Post('tools/accept')
  @HttpCode(200)
  @RequireScope('write')
  @ApiOperation({
    operationId: 'acceptMcpTools',
    summary: 'Approve tools of an MCP server as they are now, and forget those that are gone',
    description: 'Needs the scope `code` too where the server is a process.',
  })
  @ApiOkResponse({ type: ServerToolListResponse })
  @ApiErrors(
    'INVALID_REQUEST',
    'NOT_FOUND',
    'UNPROCESSABLE',
    'CONNECTION_FAILED',
    'PROTOCOL_ERROR',
    'UNEXPECTED_STATUS',
    'EGRESS_DENIED',
    'TIMEOUT',
  )
  async accept(
    @Param('definition_id', UuidPipe) id: string,
    @Body() { tools }: AcceptToolsDto,
    @CurrentKey() caller: CallerKey,
    @ClientSignal() signal: AbortSignal,
  ): Promise<ServerToolListResponse> {
    return toServerToolListResponse(await this.tools.accept(id, tools ?? null, caller, signal));
  }

  @Post('test')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'testMcpDefinition',
    summary:
      'Reach what the latest version of an MCP definition names, and say what it is or why it cannot be used',
    description: 'Needs the scope `code` too where the test executes a command.',
  })
  @ApiOkResponse({ type: DefinitionTestResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'UNPROCESSABLE')
  async test(
    @Param('definition_id', UuidPipe) id: string,
    @CurrentKey() caller: CallerKey,
    @ClientSignal() signal: AbortSignal,
  ): Promise<DefinitionTestResponse> {
    return toDefinitionTestResponse(await this.tools.test(id, caller, signal));
  }
}
