import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequireScope } from '../common/auth/require-scope.decorator';
import { MetricsSummaryResponse } from './dto/metrics-summary.response';
import { MetricsSummaryService } from './metrics-summary.service';

@ApiTags('Metrics')
@Controller('metrics/summary')
export class MetricsSummaryController {
  constructor(private readonly summary: MetricsSummaryService) {}

  @Get()
  @RequireScope('read')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getMetricsSummary',
    summary: 'What this process has done since it started, in a few numbers',
  })
  @ApiOkResponse({ type: MetricsSummaryResponse })
  get(): Promise<MetricsSummaryResponse> {
    return this.summary.summarise();
  }
}
