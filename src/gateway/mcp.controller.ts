import { All, Controller, Param, Req, Res, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';

import { originOf } from '../audit/request-origin';
import { Public } from '../common/auth/public.decorator';
import { AppError } from '../common/errors/app-error';
import { notFound } from '../common/errors/not-found';
import type { AppRequest } from '../common/http/app-request';
import { McpAuthGuard } from './mcp-auth.guard';
import { MCP_PATHS } from './mcp-paths';
import { McpEndpoint } from './mcp-endpoint.service';
import { PublicViews } from './public-views.service';

/** MCP over Streamable HTTP. Not in the OpenAPI document: its messages are JSON-RPC, described by the protocol. */
@ApiExcludeController()
@Public()
@UseGuards(McpAuthGuard)
@Controller(MCP_PATHS)
export class McpController {
  constructor(
    private readonly views: PublicViews,
    private readonly endpoint: McpEndpoint,
  ) {}

  @All()
  async serve(
    @Req() request: AppRequest,
    @Res() response: Response,
    @Param('toolset') name?: string,
  ): Promise<void> {
    const { callerKey: caller, requestId = '' } = request;
    if (caller === undefined) throw new AppError('UNAUTHENTICATED', 'Invalid API key');
    const address = await this.views.at(name ?? null);
    const toolsetId = address?.toolset?.id;
    if (caller.toolsetIds !== null && (toolsetId === undefined || !caller.toolsetIds.includes(toolsetId))) {
      throw new AppError('FORBIDDEN', 'This key is limited to other toolsets: use it at /mcp/<toolset>');
    }
    if (address === null) throw notFound(`toolset ${JSON.stringify(name)}`);
    await this.endpoint.serve(request, response, {
      caller,
      address,
      requestId,
      origin: originOf(request),
    });
  }
}
