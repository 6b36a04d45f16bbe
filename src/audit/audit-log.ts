import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { v7 as uuidV7 } from 'uuid';

import { Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { MetricsRegistry } from '../metrics/metrics-registry';
import { AuditEventRepository } from './audit-event.repository';
import { type AuditedAction, type AuditEvent } from './core/audit-event';
import { auditedArguments, storableText } from './core/audited-arguments';
import { type BatcherObserver, type DropReason, EventBatcher } from './core/event-batcher';

/** What a shutdown waits for the database: the program as a whole has a few seconds. */
const SHUTDOWN_PATIENCE_MS = 2_000;

/** How often events that are lost are told of in the log while it goes on. */
const WARN_EVERY_MS = 60_000;

/** Keeps what was done. Whoever records goes on at once: nobody waits for the database, and nothing fails for it. */
@Injectable()
export class AuditLog implements OnApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly batcher: EventBatcher;
  private readonly written: Counter;
  private readonly dropped: Counter<'reason'>;
  /** Lost since the log last said so. */
  private unreported = 0;
  private silentUntil = -Infinity;

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly events: AuditEventRepository,
    registry: MetricsRegistry,
  ) {
    this.batcher = new EventBatcher(events, this.observer());
    const { batcher } = this;
    this.written = new Counter({
      name: 'audit_events_written_total',
      help: 'Audit events that are stored',
      registers: [registry],
    });
    this.dropped = new Counter({
      name: 'audit_events_dropped_total',
      help: 'Audit events that are lost or left out, by the reason',
      labelNames: ['reason'],
      registers: [registry],
    });
    new Gauge({
      name: 'audit_events_waiting',
      help: 'Audit events that are not stored yet',
      registers: [registry],
      collect() {
        this.set(batcher.size);
      },
    });
  }

  /** Records something that is over. Never throws. */
  record(action: AuditedAction): void {
    if (!this.config.auditEnabled) return;
    try {
      this.batcher.add(toEvent(action, this.clock.now()));
    } catch (error) {
      this.dropped.inc({ reason: 'refused' });
      this.logger.error(`An event ${action.action} could not be made: ${String(error)}`);
    }
  }

  /** Counts an event that is left out on purpose. */
  noteLeftOut(): void {
    this.dropped.inc({ reason: 'flood' });
  }

  /** After the last request has been answered. */
  async onApplicationShutdown(): Promise<void> {
    await this.batcher.close(SHUTDOWN_PATIENCE_MS);
    this.events.close();
  }

  private observer(): BatcherObserver {
    return {
      written: (count) => {
        this.written.inc(count);
      },
      dropped: (reason, count) => {
        this.noteLost(reason, count);
      },
      troubled: (error) => {
        this.logger.warn(`Audit events cannot be stored now, they wait: ${String(error)}`);
      },
      recovered: () => {
        this.logger.log('Audit events are stored again');
      },
      refused: ({ id, action }, error) => {
        // Not the driver's own words: they may repeat what was to be stored.
        const { code = 'unknown' } = error as { code?: string };
        this.logger.error(`The event ${id} (${action}) was refused by the database: ${code}`);
      },
    };
  }

  private noteLost(reason: DropReason, count: number): void {
    this.dropped.inc({ reason }, count);
    this.unreported += count;
    const now = performance.now();
    if (now < this.silentUntil) return;
    this.logger.warn(`Audit events are lost (${reason}): ${this.unreported}`);
    this.unreported = 0;
    this.silentUntil = now + WARN_EVERY_MS;
  }
}

function toEvent(action: AuditedAction, now: Date): AuditEvent {
  const { value, isTruncated } = auditedArguments(action.arguments, action.secretArguments);
  const text = (given: string | null): string | null => (given === null ? null : storableText(given));
  return {
    ...action,
    id: uuidV7(),
    createdAt: now,
    client: text(action.client),
    tool: text(action.tool),
    toolset: text(action.toolset),
    version: text(action.version),
    arguments: value,
    argumentsTruncated: isTruncated,
  };
}
