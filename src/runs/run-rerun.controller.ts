import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../common/auth/require-scope.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { Idempotent } from '../common/idempotency/idempotent.decorator';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { RerunDto } from './dto/rerun.dto';
import { RunResponse } from './dto/run.response';
import { toRunResponse } from './run.mapper';
import { RunRerunService } from './run-rerun.service';

@ApiTags('Workflow runs')
@Controller('workflow-runs/:run_id/rerun')
export class RunRerunController {
  constructor(private readonly reruns: RunRerunService) {}

  @Post()
  @Idempotent()
  @Tagged()
  @RequireScope('run')
  @ApiOperation({
    operationId: 'rerunWorkflowRun',
    summary: 'Repeat an ended run, or the part of it from a step on',
    description: 'The new run has the same versions of workflow and components, parameters and labels.',
  })
  @ApiBody({ type: RerunDto, required: false })
  @ApiResponse({ status: 201, type: RunResponse, description: 'The new run' })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async rerun(@Param('run_id', UuidPipe) id: string, @Body() { fromStep }: RerunDto): Promise<RunResponse> {
    return toRunResponse(await this.reruns.rerun(id, fromStep ?? null));
  }
}
