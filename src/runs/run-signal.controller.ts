import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { CallerKey } from '../common/auth/caller-key';
import { CurrentKey } from '../common/auth/current-key.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { Json } from '../common/wire/json';
import { UuidPipe } from '../common/wire/uuid.pipe';
import type { JsonValue } from '../engine/core/json';
import { ApprovalDto } from './dto/signal.dto';
import { SignalResponse } from './dto/signal.response';
import { RunSignalService } from './run-signal.service';

@ApiTags('Workflow runs')
@Controller('workflow-runs/:run_id/signals')
export class RunSignalController {
  constructor(private readonly signals: RunSignalService) {}

  @Post(':name')
  @HttpCode(200)
  @RequireScope('run')
  @ApiOperation({
    operationId: 'signalWorkflowRun',
    summary: 'Decide an approval, or send a signal that a step holds for',
    description:
      "An approval's name is the id of its step, and its body a decision. What a signal carries is up to the workflow. " +
      'One that comes before its step holds for it is kept. Sent again as it was, it changes nothing.',
  })
  @ApiExtraModels(ApprovalDto)
  @ApiBody({ required: false, schema: { anyOf: [{ $ref: getSchemaPath(ApprovalDto) }, {}] } })
  @ApiResponse({
    status: 200,
    type: SignalResponse,
    description: 'The signal is recorded: its step will take it',
  })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async send(
    @Param('run_id', UuidPipe) runId: string,
    @Param('name') name: string,
    @Body() payload: unknown,
    @CurrentKey() key: CallerKey,
  ): Promise<SignalResponse> {
    const wish = { runId, name, payload: (payload ?? null) as JsonValue, sentBy: key.id };
    const signal = await this.signals.send(wish);
    return {
      runId: signal.runId,
      name: signal.name,
      payload: new Json(signal.payload),
      sentBy: signal.sentBy,
      sentAt: signal.sentAt,
    };
  }
}
