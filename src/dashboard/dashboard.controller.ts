import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequireScope } from '../common/auth/require-scope.decorator';
import { toDashboardSummaryResponse } from './dashboard.mapper';
import { DashboardService } from './dashboard.service';
import { DashboardSummaryResponse } from './dto/dashboard-summary.response';

@ApiTags('Dashboard')
@Controller('dashboard')
export class DashboardController {
  constructor(private readonly dashboard: DashboardService) {}

  @Get('summary')
  @RequireScope('read')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'getDashboardSummary', summary: 'The state of the whole at a glance' })
  @ApiOkResponse({ type: DashboardSummaryResponse })
  async summary(): Promise<DashboardSummaryResponse> {
    return toDashboardSummaryResponse(await this.dashboard.summarise());
  }
}
