import { Module } from '@nestjs/common';

import { RunStatsJob } from './run-stats.job';
import { RunStatsRepository } from './run-stats.repository';

/** Keeps the hourly numbers of runs; for every role, so that they are kept wherever runs end. */
@Module({ providers: [RunStatsJob, RunStatsRepository] })
export class RunStatsModule {}
