import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ListenHub } from '../database/listen-hub';
import { CHANNELS } from '../engine/channels';
import { readPreviewNotice } from '../engine/live-preview';
import type { StreamListener } from './run-stream';

/**
 * Tells streams that their run has new events: one subscription in the process, whatever the number of streams.
 * What the events are, each stream reads from the table, past its own cursor.
 */
@Injectable()
export class RunEventHub implements OnModuleInit, OnModuleDestroy {
  private readonly listeners = new Map<string, Set<StreamListener>>();
  private unsubscribes: (() => void)[] = [];

  constructor(private readonly hub: ListenHub) {}

  onModuleInit(): void {
    const events = this.hub.subscribe(CHANNELS.runEvents, {
      onNotify: (runId) => {
        this.listeners.get(runId)?.forEach((listener) => {
          listener.wake();
        });
      },
      // Notifications were missed: everybody looks.
      onReconnect: () => {
        for (const ofRun of this.listeners.values()) {
          ofRun.forEach((listener) => {
            listener.wake();
          });
        }
      },
    });
    const previews = this.hub.subscribe(CHANNELS.runPreviews, {
      onNotify: (payload) => {
        const notice = readPreviewNotice(payload);
        if (notice === null) return;
        this.listeners.get(notice.runId)?.forEach((listener) => {
          listener.preview(notice.source, notice.data);
        });
      },
      // The next preview holds what a missed one held.
      onReconnect: () => undefined,
    });
    this.unsubscribes = [events, previews];
  }

  onModuleDestroy(): void {
    for (const unsubscribe of this.unsubscribes) unsubscribe();
  }

  /** Tells `listener` of the run's events and previews until the returned function is called. */
  subscribe(runId: string, listener: StreamListener): () => void {
    const ofRun = this.listeners.get(runId) ?? new Set();
    this.listeners.set(runId, ofRun.add(listener));
    return () => {
      ofRun.delete(listener);
      if (ofRun.size === 0) this.listeners.delete(runId);
    };
  }
}
