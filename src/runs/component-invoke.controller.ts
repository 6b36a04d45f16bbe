import { Body, Controller, Headers, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { CallerKey } from '../common/auth/caller-key';
import { CurrentKey } from '../common/auth/current-key.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { IDEMPOTENCY_KEY_HEADER, readIdempotencyKey } from '../common/idempotency/idempotency-key';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { ComponentInvoker } from './component-invoker';
import { InvokeComponentDto } from './dto/invoke-component.dto';
import { RunResponse } from './dto/run.response';
import { toRunResponse } from './run.mapper';
import { RunService } from './run.service';
import { RunStreams } from './run-streams';

@ApiTags('MCP definitions')
@Controller('mcp-definitions/:definition_id/invoke')
export class ComponentInvokeController {
  constructor(
    private readonly invoker: ComponentInvoker,
    private readonly runs: RunService,
    private readonly streams: RunStreams,
  ) {}

  @Post()
  @Tagged()
  @RequireScope('run')
  @ApiOperation({
    operationId: 'invokeMcpDefinition',
    summary: 'Call a component without a workflow',
    description:
      'The call is a run of one step, `invoke`: recorded, streamed and cancelled as any other. With `wait_seconds` the ' +
      'answer has its `status` and `result` if it ends in that time; it goes on in any case.',
  })
  @ApiHeader({
    ...IDEMPOTENCY_KEY_HEADER,
    description: 'The same key and body give the same run for 24 h; the same key and another body 422',
  })
  @ApiBody({ type: InvokeComponentDto, required: false })
  @ApiResponse({ status: 201, type: RunResponse, description: 'The run is recorded: it will run, and end' })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'UNPROCESSABLE')
  async invoke(
    @Param('definition_id', UuidPipe) mcpDefinitionId: string,
    @Body() body: InvokeComponentDto,
    @CurrentKey() key: CallerKey,
    @Res({ passthrough: true }) response: Response,
    @Headers('idempotency-key') idempotencyHeader?: string,
  ): Promise<RunResponse> {
    const { inputs = {}, tool = null, version = null, labels = {}, waitSeconds = 0 } = body;
    const idempotencyKey = readIdempotencyKey(idempotencyHeader);
    const runId = await this.invoker.invoke({
      mcpDefinitionId,
      version,
      tool,
      inputs,
      labels,
      idempotency: idempotencyKey === null ? null : { callerId: key.id, key: idempotencyKey },
    });
    if (waitSeconds > 0) await this.streams.waitForEnd(runId, Math.ceil(waitSeconds * 1000), response);
    return toRunResponse(await this.runs.get(runId));
  }
}
