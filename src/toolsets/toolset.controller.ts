import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequireScope } from '../common/auth/require-scope.decorator';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { IfMatch } from '../common/conditional/if-match.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { MessageResponse } from '../common/http/message.response';
import { Idempotent } from '../common/idempotency/idempotent.decorator';
import { mapPage } from '../common/pagination/page';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { CreateToolsetDto, UpdateToolsetDto } from './dto/toolset.dto';
import { ToolsetQueryDto } from './dto/toolset-query.dto';
import { ToolsetPageResponse, ToolsetResponse } from './dto/toolset.response';
import { toToolsetResponse } from './toolset.mapper';
import { ToolsetService } from './toolset.service';

@ApiTags('Toolsets')
@Controller('toolsets')
@RequireScope('write')
export class ToolsetController {
  constructor(private readonly toolsets: ToolsetService) {}

  @Get()
  @RequireScope('read')
  @ApiOperation({ operationId: 'listToolsets', summary: 'List toolsets, newest first' })
  @ApiOkResponse({ type: ToolsetPageResponse })
  @ApiErrors('INVALID_REQUEST')
  async list(@Query() query: ToolsetQueryDto): Promise<ToolsetPageResponse> {
    return mapPage(await this.toolsets.list(query), toToolsetResponse);
  }

  @Post()
  @Idempotent()
  @Tagged()
  @ApiOperation({ operationId: 'createToolset', summary: 'Give a choice of tools an address of its own' })
  @ApiCreatedResponse({ type: ToolsetResponse })
  @ApiErrors('INVALID_REQUEST', 'CONFLICT')
  async create(@Body() body: CreateToolsetDto): Promise<ToolsetResponse> {
    return toToolsetResponse(await this.toolsets.create(body));
  }

  @Get(':toolset_id')
  @Tagged()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getToolset', summary: 'Get a toolset' })
  @ApiOkResponse({ type: ToolsetResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async get(@Param('toolset_id', UuidPipe) id: string): Promise<ToolsetResponse> {
    return toToolsetResponse(await this.toolsets.get(id));
  }

  @Put(':toolset_id')
  @Tagged()
  @ApiOperation({
    operationId: 'updateToolset',
    summary: 'Change a toolset',
    description: 'Fields that are left out stay. Clients that listen are told that their list has changed.',
  })
  @ApiOkResponse({ type: ToolsetResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async update(
    @Param('toolset_id', UuidPipe) id: string,
    @Body() body: UpdateToolsetDto,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<ToolsetResponse> {
    return toToolsetResponse(await this.toolsets.update(id, body, expected));
  }

  @Delete(':toolset_id')
  @ApiOperation({ operationId: 'deleteToolset', summary: 'Delete a toolset; its definitions stay' })
  @ApiOkResponse({ type: MessageResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async delete(
    @Param('toolset_id', UuidPipe) id: string,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<MessageResponse> {
    await this.toolsets.delete(id, expected);
    return { message: 'Toolset deleted successfully' };
  }
}
