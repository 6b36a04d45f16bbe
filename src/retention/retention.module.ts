import { Module } from '@nestjs/common';

import { RetentionRepository } from './retention.repository';
import { RetentionService } from './retention.service';

/** Removing what is past its time: for processes that drive runs. */
@Module({ providers: [RetentionRepository, RetentionService] })
export class RetentionModule {}
