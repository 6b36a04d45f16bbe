import { Module } from '@nestjs/common';

import { AuditEventController } from './audit-event.controller';
import { AuditEventRepository } from './audit-event.repository';
import { AuditEventService } from './audit-event.service';
import { AuditLog } from './audit-log';
import { HttpAudit } from './http-audit';

/** Who did what, and when: recorded by those who see it, and read over the API. */
@Module({
  controllers: [AuditEventController],
  providers: [AuditEventRepository, AuditEventService, AuditLog, HttpAudit],
  exports: [AuditLog],
})
export class AuditModule {}
