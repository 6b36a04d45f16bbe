import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { CallerKey } from '../common/auth/caller-key';
import { CurrentKey } from '../common/auth/current-key.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { IDEMPOTENCY_KEY_HEADER, readIdempotencyKey } from '../common/idempotency/idempotency-key';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { ListRunsDto } from './dto/list-runs.dto';
import { RunPageResponse, RunResponse } from './dto/run.response';
import { StartRunDto } from './dto/start-run.dto';
import { toRunResponse, toRunSummaryResponse } from './run.mapper';
import { RunService } from './run.service';

@ApiTags('Workflow runs')
@Controller('workflow-runs')
export class RunController {
  constructor(private readonly runs: RunService) {}

  @Post()
  @Tagged()
  @RequireScope('run')
  @ApiOperation({ operationId: 'startWorkflowRun', summary: 'Start a run of a workflow' })
  @ApiHeader({
    ...IDEMPOTENCY_KEY_HEADER,
    description: 'The same key and body give the same run for 24 h; the same key and another body 422',
  })
  @ApiResponse({ status: 201, type: RunResponse, description: 'The run is recorded: it will run, and end' })
  @ApiErrors('NOT_FOUND', 'CONFLICT', 'UNPROCESSABLE')
  async start(
    @Body() body: StartRunDto,
    @CurrentKey() key: CallerKey,
    @Headers('idempotency-key') idempotencyHeader?: string,
  ): Promise<RunResponse> {
    const idempotencyKey = readIdempotencyKey(idempotencyHeader);
    const run = await this.runs.start({
      workflowDefinitionId: body.workflowDefinitionId.toLowerCase(),
      parameters: body.parameters ?? {},
      labels: body.labels ?? {},
      idempotency: idempotencyKey === null ? null : { callerId: key.id, key: idempotencyKey },
    });
    return toRunResponse(run);
  }

  @Get()
  @RequireScope('read')
  @ApiOperation({
    operationId: 'listWorkflowRuns',
    summary: 'List runs, newest first, without parameters and results',
    description: 'These may be large: get a run by itself for them.',
  })
  @ApiResponse({ status: 200, type: RunPageResponse, description: 'A part of the list' })
  async list(@Query() query: ListRunsDto): Promise<RunPageResponse> {
    const { skip, limit, createdAfter, createdBefore, ...filter } = query;
    const page = await this.runs.list(
      {
        ...filter,
        createdAfter: createdAfter === undefined ? undefined : new Date(createdAfter),
        createdBefore: createdBefore === undefined ? undefined : new Date(createdBefore),
      },
      skip,
      limit,
    );
    return { items: page.rows.map(toRunSummaryResponse), total: page.total, skip, limit };
  }

  @Get(':run_id')
  @Tagged()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getWorkflowRun', summary: 'Get a run with its status and result' })
  @ApiResponse({ status: 200, type: RunResponse, description: 'The run' })
  @ApiErrors('NOT_FOUND')
  async get(@Param('run_id', UuidPipe) id: string): Promise<RunResponse> {
    return toRunResponse(await this.runs.get(id));
  }

  @Post(':run_id/cancel')
  @Tagged()
  @HttpCode(200)
  @RequireScope('run')
  @ApiOperation({ operationId: 'cancelWorkflowRun', summary: 'Cancel a run that has not ended' })
  @ApiResponse({
    status: 200,
    type: RunResponse,
    description: 'Cancelled, or, with `cancel_requested_at`, about to be by the worker that runs it',
  })
  @ApiErrors('NOT_FOUND', 'CONFLICT')
  async cancel(@Param('run_id', UuidPipe) id: string): Promise<RunResponse> {
    return toRunResponse(await this.runs.cancel(id));
  }
}
