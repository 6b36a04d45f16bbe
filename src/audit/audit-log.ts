import { setImmediate as nextTurn } from 'node:timers/promises';

import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';

import { Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { isWorthAnotherTry } from '../database/connection-failure';
import { MetricsRegistry } from '../metrics/metrics-registry';
import { SecretValuesService } from '../secrets/secret-values.service';
import type { SecretRedactor } from '../security/secret-redactor';
import { AuditEventRepository } from './audit-event.repository';
import type { AuditedAction, AuditEvent } from './core/audit-event';
import { type BatcherObserver, type DropReason, EventBatcher, type EventSink } from './core/event-batcher';
import { withoutSecrets } from './core/without-secrets';
import { toEvent } from './to-event';

/** What a shutdown waits for the database: the program as a whole has a few seconds. */
const SHUTDOWN_PATIENCE_MS = 2_000;

/** How long the event loop may be kept busy at a time. */
const SLICE_MS = 2;

/** How often events that are lost are told of in the log while it goes on. */
const WARN_EVERY_MS = 60_000;

/** Keeps what was done. Whoever records goes on at once: nobody waits for the database, and nothing fails for it. */
@Injectable()
export class AuditLog implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly batcher: EventBatcher;
  private readonly written: Counter;
  private readonly dropped: Counter<'reason'>;
  /** Of the last events; null until then. */
  private lastRedactor: SecretRedactor | null = null;
  /** Lost since the log last said so. */
  private unreported = 0;
  private silentUntil = -Infinity;

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly events: AuditEventRepository,
    private readonly secrets: SecretValuesService,
    registry: MetricsRegistry,
  ) {
    const sink: EventSink = {
      write: async (batch) => {
        await events.write(await redacted(batch, this.lastRedactor ?? (await this.secrets.redactor())));
      },
      isPassing: isWorthAnotherTry,
    };
    this.batcher = new EventBatcher(sink, this.observer());
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

  /** Afterwards the secrets cannot be read any more; the events have a connection of their own. */
  async beforeApplicationShutdown(): Promise<void> {
    this.lastRedactor = await this.secrets.redactor().catch(() => null);
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

/**
 * The events without the values of secrets. Only where they are written: with many secrets and long texts the search takes
 * up to a millisecond an event. Requests get their turn in between.
 */
async function redacted(batch: readonly AuditEvent[], redactor: SecretRedactor): Promise<AuditEvent[]> {
  const clean: AuditEvent[] = [];
  let sliceEndsAt = performance.now() + SLICE_MS;
  for (const event of batch) {
    if (performance.now() > sliceEndsAt) {
      await nextTurn();
      sliceEndsAt = performance.now() + SLICE_MS;
    }
    clean.push(withoutSecrets(event, redactor));
  }
  return clean;
}
