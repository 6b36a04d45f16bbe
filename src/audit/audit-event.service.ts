import { Injectable } from '@nestjs/common';

import { Clock } from '../common/clock';
import { notFound } from '../common/errors/not-found';
import type { Page } from '../common/pagination/page';
import type { AuditEventFilter, AuditEventRecord, EventPosition } from './audit-event-record';
import { AuditEventRepository } from './audit-event.repository';
import type { AuditEventFilterDto, AuditEventQueryDto } from './dto/audit-event-query.dto';

/** Events read by one statement of an export: a megabyte or so. */
const EXPORTED_AT_ONCE = 500;

/** Reads the audit log. */
@Injectable()
export class AuditEventService {
  constructor(
    private readonly events: AuditEventRepository,
    private readonly clock: Clock,
  ) {}

  async list(query: AuditEventQueryDto): Promise<Page<AuditEventRecord>> {
    const { skip, limit, ...filter } = query;
    const { rows, total } = await this.events.listNewest(toFilter(filter), skip, limit);
    return { items: rows, total, skip, limit };
  }

  /**
   * All events of a filter, oldest first, part by part. Nothing is held between two parts. It ends with those that there
   * were when it began: otherwise a busy system's would go on for ever.
   */
  async *export(query: AuditEventFilterDto): AsyncGenerator<readonly AuditEventRecord[]> {
    const given = toFilter(query);
    const filter = { ...given, createdBefore: earlier(given.createdBefore, this.clock.now()) };
    let after: EventPosition | null = null;
    for (;;) {
      const part: readonly AuditEventRecord[] = await this.events.findNext(filter, after, EXPORTED_AT_ONCE);
      if (part.length > 0) yield part;
      if (part.length < EXPORTED_AT_ONCE) return;
      after = part.at(-1) ?? null;
    }
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<AuditEventRecord> {
    const event = await this.events.findById(id);
    if (event === null) throw notFound(`audit event ${id}`);
    return event;
  }
}

function earlier(a: Date | undefined, b: Date): Date {
  return a !== undefined && a < b ? a : b;
}

function toFilter({ createdAfter, createdBefore, ...filter }: AuditEventFilterDto): AuditEventFilter {
  return {
    ...filter,
    createdAfter: createdAfter === undefined ? undefined : new Date(createdAfter),
    createdBefore: createdBefore === undefined ? undefined : new Date(createdBefore),
  };
}
