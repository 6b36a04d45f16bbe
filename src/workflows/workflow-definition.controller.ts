import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

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
import type { JsonValue } from '../engine/core/json';
import { WorkflowDefinitionQueryDto } from './dto/workflow-definition-query.dto';
import {
  CreateWorkflowDefinitionDto,
  CreateWorkflowVersionDto,
  UpdateWorkflowDefinitionDto,
} from './dto/workflow-definition.dto';
import {
  WorkflowDefinitionPageResponse,
  WorkflowDefinitionResponse,
  WorkflowValidationResponse,
  WorkflowVersionPageResponse,
  WorkflowVersionResponse,
} from './dto/workflow-definition.response';
import { WorkflowBody } from './workflow-body.decorator';
import { toWorkflowDefinitionResponse, toWorkflowVersionResponse } from './workflow-definition.mapper';
import { WorkflowDefinitionService } from './workflow-definition.service';
import { WorkflowValidationService } from './workflow-validation.service';

@ApiTags('Workflow definitions')
@Controller('workflow-definitions')
@RequireScope('write')
export class WorkflowDefinitionController {
  constructor(
    private readonly workflows: WorkflowDefinitionService,
    private readonly validation: WorkflowValidationService,
  ) {}

  @Get()
  @RequireScope('read')
  @ApiOperation({ operationId: 'listWorkflowDefinitions', summary: 'List workflows, newest first' })
  @ApiOkResponse({ type: WorkflowDefinitionPageResponse })
  @ApiErrors('INVALID_REQUEST')
  async list(@Query() query: WorkflowDefinitionQueryDto): Promise<WorkflowDefinitionPageResponse> {
    return mapPage(await this.workflows.list(query), toWorkflowDefinitionResponse);
  }

  @Post()
  @Idempotent()
  @Tagged()
  @ApiOperation({ operationId: 'createWorkflowDefinition', summary: 'Create a workflow' })
  @WorkflowBody(CreateWorkflowDefinitionDto)
  @ApiCreatedResponse({ type: WorkflowDefinitionResponse })
  @ApiErrors('INVALID_REQUEST', 'CONFLICT')
  async create(@Body() body: JsonValue): Promise<WorkflowDefinitionResponse> {
    return toWorkflowDefinitionResponse(await this.workflows.create(await this.validation.toDto(body)));
  }

  @Post('validate')
  @HttpCode(200)
  @RequireScope('read')
  @ApiOperation({
    operationId: 'validateWorkflowDefinition',
    summary: 'Check a workflow as its creation would, and store nothing',
  })
  @WorkflowBody(CreateWorkflowDefinitionDto)
  @ApiOkResponse({ type: WorkflowValidationResponse })
  @ApiErrors('INVALID_REQUEST')
  async validate(@Body() body: JsonValue): Promise<WorkflowValidationResponse> {
    const errors = await this.validation.findIssues(body);
    return { valid: errors.length === 0, errors };
  }

  @Get(':definition_id')
  @Tagged()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getWorkflowDefinition', summary: 'Get a workflow with its latest version' })
  @ApiOkResponse({ type: WorkflowDefinitionResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async get(@Param('definition_id', UuidPipe) id: string): Promise<WorkflowDefinitionResponse> {
    return toWorkflowDefinitionResponse(await this.workflows.get(id));
  }

  @Put(':definition_id')
  @Tagged()
  @ApiOperation({
    operationId: 'updateWorkflowDefinition',
    summary: 'Change a workflow; a changed spec makes a new version',
    description:
      'Fields that are left out stay. The fields of the spec belong together: one of them replaces all.',
  })
  @WorkflowBody(UpdateWorkflowDefinitionDto, { isSpecOptional: true })
  @ApiOkResponse({ type: WorkflowDefinitionResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async update(
    @Param('definition_id', UuidPipe) id: string,
    @Body() body: UpdateWorkflowDefinitionDto,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<WorkflowDefinitionResponse> {
    return toWorkflowDefinitionResponse(await this.workflows.update(id, body, expected));
  }

  @Delete(':definition_id')
  @ApiOperation({
    operationId: 'deleteWorkflowDefinition',
    summary: 'Delete a workflow; its runs go on and keep its versions',
  })
  @ApiOkResponse({ type: MessageResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async delete(
    @Param('definition_id', UuidPipe) id: string,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<MessageResponse> {
    await this.workflows.delete(id, expected);
    return { message: 'Workflow definition deleted successfully' };
  }

  @Get(':definition_id/versions')
  @RequireScope('read')
  @ApiOperation({ operationId: 'listWorkflowVersions', summary: 'List the versions of a workflow' })
  @ApiOkResponse({ type: WorkflowVersionPageResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async listVersions(
    @Param('definition_id', UuidPipe) id: string,
    @Query() query: PageQueryDto,
  ): Promise<WorkflowVersionPageResponse> {
    return mapPage(await this.workflows.listVersions(id, query), toWorkflowVersionResponse);
  }

  @Post(':definition_id/versions')
  @Idempotent()
  @Tagged()
  @ApiOperation({ operationId: 'createWorkflowVersion', summary: 'Add a version to a workflow' })
  @WorkflowBody(CreateWorkflowVersionDto)
  @ApiCreatedResponse({ type: WorkflowVersionResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async createVersion(
    @Param('definition_id', UuidPipe) id: string,
    @Body() body: CreateWorkflowVersionDto,
  ): Promise<WorkflowVersionResponse> {
    return toWorkflowVersionResponse(await this.workflows.createVersion(id, body));
  }

  @Get(':definition_id/versions/:version')
  @Tagged()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getWorkflowVersion', summary: 'Get one version of a workflow' })
  @ApiOkResponse({ type: WorkflowVersionResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async getVersion(
    @Param('definition_id', UuidPipe) id: string,
    @Param('version', VersionPipe) version: string,
  ): Promise<WorkflowVersionResponse> {
    return toWorkflowVersionResponse(await this.workflows.getVersion(id, version));
  }

  @Get(':definition_id/versions/:version/diff')
  @RequireScope('read')
  @ApiOperation({
    operationId: 'diffWorkflowVersions',
    summary: 'Compare a version of a workflow with another; steps are compared by their ids',
  })
  @ApiOkResponse({ type: VersionDiffResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async diff(
    @Param('definition_id', UuidPipe) id: string,
    @Param('version', VersionPipe) version: string,
    @Query() { against }: VersionDiffQueryDto,
  ): Promise<VersionDiffResponse> {
    return toVersionDiffResponse(await this.workflows.diff(id, version, against));
  }

  @Post(':definition_id/versions/:version/make-latest')
  @Tagged()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'makeWorkflowVersionLatest',
    summary: 'Make a version of a workflow the latest again',
    description:
      'The version is checked as if it were saved now: 400 when a component that it uses is gone. Runs that have started keep their versions; the next new version is numbered after the greatest.',
  })
  @ApiOkResponse({ type: WorkflowDefinitionResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async makeLatest(
    @Param('definition_id', UuidPipe) id: string,
    @Param('version', VersionPipe) version: string,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<WorkflowDefinitionResponse> {
    return toWorkflowDefinitionResponse(await this.workflows.makeLatest(id, version, expected));
  }
}
