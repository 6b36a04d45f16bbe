import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ListenHub } from '../database/listen-hub';
import { CHANNELS } from '../engine/channels';

/**
 * Tells streams that their run has new events: one subscription in the process, whatever the number of streams.
 * What the events are, each stream reads from the table, past its own cursor.
 */
@Injectable()
export class RunEventHub implements OnModuleInit, OnModuleDestroy {
  private readonly listeners = new Map<string, Set<() => void>>();
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly hub: ListenHub) {}

  onModuleInit(): void {
    this.unsubscribe = this.hub.subscribe(CHANNELS.runEvents, {
      onNotify: (runId) => {
        this.listeners.get(runId)?.forEach((wake) => {
          wake();
        });
      },
      // Notifications were missed: everybody looks.
      onReconnect: () => {
        for (const wakes of this.listeners.values()) {
          wakes.forEach((wake) => {
            wake();
          });
        }
      },
    });
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /** Calls `wake` whenever the run may have new events, until the returned function is called. */
  subscribe(runId: string, wake: () => void): () => void {
    const wakes = this.listeners.get(runId) ?? new Set();
    this.listeners.set(runId, wakes.add(wake));
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0) this.listeners.delete(runId);
    };
  }
}
