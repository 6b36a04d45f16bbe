import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import type { CallerKey } from '../common/auth/caller-key';
import { CurrentKey } from '../common/auth/current-key.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { IfMatch } from '../common/conditional/if-match.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { MessageResponse } from '../common/http/message.response';
import { Idempotent } from '../common/idempotency/idempotent.decorator';
import { mapPage } from '../common/pagination/page';
import { PageQueryDto } from '../common/pagination/page-query.dto';
import { VersionDiffQueryDto } from '../common/versioning/version-diff-query.dto';
import { toVersionDiffResponse, VersionDiffResponse } from '../common/versioning/version-diff.response';
import { VersionPipe } from '../common/versioning/version.pipe';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { CreateMcpDefinitionDto } from './dto/create-mcp-definition.dto';
import { CreateMcpVersionDto } from './dto/create-mcp-version.dto';
import { McpDefinitionQueryDto } from './dto/mcp-definition-query.dto';
import {
  McpDefinitionDetailResponse,
  McpDefinitionPageResponse,
  McpDefinitionResponse,
  McpVersionPageResponse,
  McpVersionResponse,
} from './dto/mcp-definition.response';
import { UpdateMcpDefinitionDto } from './dto/update-mcp-definition.dto';
import {
  toMcpDefinitionDetailResponse,
  toMcpDefinitionResponse,
  toMcpVersionResponse,
} from './mcp-definition.mapper';
import { McpDefinitionService } from './mcp-definition.service';

@ApiTags('MCP definitions')
@Controller('mcp-definitions')
@RequireScope('write')
export class McpDefinitionController {
  constructor(private readonly definitions: McpDefinitionService) {}

  @Get()
  @RequireScope('read')
  @ApiOperation({ operationId: 'listMcpDefinitions', summary: 'List MCP definitions, newest first' })
  @ApiOkResponse({ type: McpDefinitionPageResponse })
  @ApiErrors('INVALID_REQUEST')
  async list(@Query() query: McpDefinitionQueryDto): Promise<McpDefinitionPageResponse> {
    return mapPage(await this.definitions.list(query), toMcpDefinitionResponse);
  }

  @Post()
  @Idempotent()
  @Tagged()
  @ApiOperation({
    operationId: 'createMcpDefinition',
    summary: 'Create an MCP definition',
    description: 'A configuration that executes code or commands needs the scope `code` too.',
  })
  @ApiCreatedResponse({ type: McpDefinitionResponse })
  @ApiErrors('INVALID_REQUEST', 'CONFLICT')
  async create(
    @Body() body: CreateMcpDefinitionDto,
    @CurrentKey() caller: CallerKey,
  ): Promise<McpDefinitionResponse> {
    return toMcpDefinitionResponse(await this.definitions.create(body, caller));
  }

  @Get(':definition_id')
  @Tagged()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getMcpDefinition', summary: 'Get an MCP definition with all its versions' })
  @ApiOkResponse({ type: McpDefinitionDetailResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async get(@Param('definition_id', UuidPipe) id: string): Promise<McpDefinitionDetailResponse> {
    const [definition, versions] = await Promise.all([
      this.definitions.get(id),
      this.definitions.findVersions(id),
    ]);
    return toMcpDefinitionDetailResponse(definition, versions);
  }

  @Put(':definition_id')
  @Tagged()
  @ApiOperation({
    operationId: 'updateMcpDefinition',
    summary: 'Change an MCP definition; a changed configuration makes a new version',
  })
  @ApiOkResponse({ type: McpDefinitionResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async update(
    @Param('definition_id', UuidPipe) id: string,
    @Body() body: UpdateMcpDefinitionDto,
    @CurrentKey() caller: CallerKey,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<McpDefinitionResponse> {
    return toMcpDefinitionResponse(await this.definitions.update(id, body, caller, expected));
  }

  @Delete(':definition_id')
  @ApiOperation({
    operationId: 'deleteMcpDefinition',
    summary: 'Delete an MCP definition that nothing uses; runs keep its versions',
  })
  @ApiOkResponse({ type: MessageResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async delete(
    @Param('definition_id', UuidPipe) id: string,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<MessageResponse> {
    await this.definitions.delete(id, expected);
    return { message: 'MCP definition deleted successfully' };
  }

  @Get(':definition_id/versions')
  @RequireScope('read')
  @ApiOperation({ operationId: 'listMcpVersions', summary: 'List the versions of an MCP definition' })
  @ApiOkResponse({ type: McpVersionPageResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async listVersions(
    @Param('definition_id', UuidPipe) id: string,
    @Query() query: PageQueryDto,
  ): Promise<McpVersionPageResponse> {
    return mapPage(await this.definitions.listVersions(id, query), toMcpVersionResponse);
  }

  @Post(':definition_id/versions')
  @Idempotent()
  @Tagged()
  @ApiOperation({ operationId: 'createMcpVersion', summary: 'Add a version to an MCP definition' })
  @ApiCreatedResponse({ type: McpVersionResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async createVersion(
    @Param('definition_id', UuidPipe) id: string,
    @Body() body: CreateMcpVersionDto,
    @CurrentKey() caller: CallerKey,
  ): Promise<McpVersionResponse> {
    return toMcpVersionResponse(await this.definitions.createVersion(id, body, caller));
  }

  @Get(':definition_id/versions/:version')
  @Tagged()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getMcpVersion', summary: 'Get one version of an MCP definition' })
  @ApiOkResponse({ type: McpVersionResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async getVersion(
    @Param('definition_id', UuidPipe) id: string,
    @Param('version', VersionPipe) version: string,
  ): Promise<McpVersionResponse> {
    return toMcpVersionResponse(await this.definitions.getVersion(id, version));
  }

  @Get(':definition_id/versions/:version/diff')
  @RequireScope('read')
  @ApiOperation({
    operationId: 'diffMcpVersions',
    summary: 'Compare a version of an MCP definition with another',
  })
  @ApiOkResponse({ type: VersionDiffResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async diff(
    @Param('definition_id', UuidPipe) id: string,
    @Param('version', VersionPipe) version: string,
    @Query() { against }: VersionDiffQueryDto,
  ): Promise<VersionDiffResponse> {
    return toVersionDiffResponse(await this.definitions.diff(id, version, against));
  }

  @Post(':definition_id/versions/:version/make-latest')
  @Tagged()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'makeMcpVersionLatest',
    summary: 'Make a version of an MCP definition the latest again',
    description:
      'The version is checked as if it were saved now. Runs that have started keep their versions; the next new version is numbered after the greatest.',
  })
  @ApiOkResponse({ type: McpDefinitionResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async makeLatest(
    @Param('definition_id', UuidPipe) id: string,
    @Param('version', VersionPipe) version: string,
    @CurrentKey() caller: CallerKey,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<McpDefinitionResponse> {
    return toMcpDefinitionResponse(await this.definitions.makeLatest(id, version, caller, expected));
  }
}
