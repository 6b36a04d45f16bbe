import { Injectable } from '@nestjs/common';

import { notFound } from '../common/errors/not-found';
import type { Page } from '../common/pagination/page';
import type { AuditEventFilter, AuditEventRecord } from './audit-event-record';
import { AuditEventRepository } from './audit-event.repository';
import type { AuditEventQueryDto } from './dto/audit-event-query.dto';

/** Reads the audit log. */
@Injectable()
export class AuditEventService {
  constructor(private readonly events: AuditEventRepository) {}

  async list(query: AuditEventQueryDto): Promise<Page<AuditEventRecord>> {
    const { skip, limit } = query;
    const { rows, total } = await this.events.listNewest(toFilter(query), skip, limit);
    return { items: rows, total, skip, limit };
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<AuditEventRecord> {
    const event = await this.events.findById(id);
    if (event === null) throw notFound(`audit event ${id}`);
    return event;
  }
}

function toFilter({ createdAfter, createdBefore, ...filter }: AuditEventQueryDto): AuditEventFilter {
  return {
    ...filter,
    createdAfter: createdAfter === undefined ? undefined : new Date(createdAfter),
    createdBefore: createdBefore === undefined ? undefined : new Date(createdBefore),
  };
}
