import { Module } from '@nestjs/common';

import { DashboardController } from './dashboard.controller';
import { DashboardRepository } from './dashboard.repository';
import { DashboardService } from './dashboard.service';
import { SystemReadings } from './system-readings';

/** Shows the state of the whole. Its hourly numbers are kept by `RunStatsModule`. */
@Module({
  controllers: [DashboardController],
  providers: [DashboardService, DashboardRepository, SystemReadings],
})
export class DashboardModule {}
