import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../common/auth/require-scope.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { mapPage } from '../common/pagination/page';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { ListItemsDto } from './dto/list-items.dto';
import { RunStepItemPageResponse, RunStepsResponse } from './dto/run-step.response';
import { toItemResponse, toStepResponse } from './run-step.mapper';
import { RunStepService } from './run-step.service';

@ApiTags('Workflow runs')
@Controller('workflow-runs/:run_id/steps')
@RequireScope('read')
export class RunStepController {
  constructor(private readonly steps: RunStepService) {}

  @Get()
  @ApiOperation({ operationId: 'listWorkflowRunSteps', summary: "List a run's steps with their attempts" })
  @ApiResponse({ status: 200, type: RunStepsResponse, description: 'All steps of the run' })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async list(@Param('run_id', UuidPipe) runId: string): Promise<RunStepsResponse> {
    const steps = await this.steps.list(runId);
    return { items: steps.map(toStepResponse), total: steps.length };
  }

  @Get(':step_id/items')
  @ApiOperation({
    operationId: 'listWorkflowRunStepItems',
    summary: 'List the items of a for_each step that have begun, in their order',
  })
  @ApiResponse({ status: 200, type: RunStepItemPageResponse, description: 'A part of the list' })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async listItems(
    @Param('run_id', UuidPipe) runId: string,
    @Param('step_id') stepId: string,
    @Query() { status, skip, limit }: ListItemsDto,
  ): Promise<RunStepItemPageResponse> {
    return mapPage(await this.steps.listItems(runId, stepId, status, skip, limit), toItemResponse);
  }
}
