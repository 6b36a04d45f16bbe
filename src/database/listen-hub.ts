import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';

import { PostgresConnection } from './postgres-connection';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

/** How often the connection is asked whether it lives: one that died silently delivers nothing, for ever. */
const HEALTH_CHECK_MS = 10_000;
const HEALTH_CHECK_TIMEOUT_MS = 5_000;

/** What a subscriber is told. Both must return at once; what they throw is logged. */
export interface ChannelSubscriber {
  onNotify(payload: string): void;
  /**
   * Notifications may have been missed until now: called whenever listening has begun, at first and after every
   * break of the connection. Look at the tables.
   */
  onReconnect(): void;
}

/**
 * The process' one LISTEN connection. It is opened for the first subscriber and opened again for as long as it
 * takes whenever it breaks.
 */
@Injectable()
export class ListenHub implements OnApplicationShutdown {
  private readonly logger = new Logger(ListenHub.name);
  private readonly channels = new Map<string, Set<ChannelSubscriber>>();
  private readonly closing = new AbortController();
  /** Set while the connection is up. */
  private client: Client | null = null;
  private loop: Promise<void> | null = null;
  /** The last statement given to the connection: one at a time, `pg` keeps no queue for long. */
  private lastStatement: Promise<unknown> = Promise.resolve();

  constructor(private readonly connection: PostgresConnection) {}

  /**
   * Subscribes to a channel of NOTIFY, beginning soon: `onReconnect` tells when.
   *
   * @returns ends the subscription
   */
  subscribe(channel: string, subscriber: ChannelSubscriber): () => void {
    const subscribers = this.channels.get(channel) ?? new Set();
    this.channels.set(channel, subscribers.add(subscriber));
    if (subscribers.size === 1 && this.client !== null) this.listen(this.client, channel);
    this.loop ??= this.keepConnected();
    return () => {
      subscribers.delete(subscriber);
      if (subscribers.size > 0 || this.channels.get(channel) !== subscribers) return;
      this.channels.delete(channel);
      if (this.client !== null) this.unlisten(this.client, channel);
    };
  }

  /**
   * Sends one notification for each payload (under 8,000 bytes each), in a transaction of their own: inside that of
   * the change they tell of they would make commits wait for each other. Equal payloads are delivered once.
   */
  async notify(channel: string, payloads: readonly string[]): Promise<void> {
    if (payloads.length === 0) return;
    await this.connection.pool.query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload', [
      channel,
      payloads,
    ]);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.loop;
  }

  private isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  private async keepConnected(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.isClosed()) {
      try {
        await this.connectUntilBroken(() => {
          retryMs = FIRST_RETRY_MS;
        });
      } catch (error) {
        if (!this.isClosed()) this.logger.warn(`The LISTEN connection broke: ${String(error)}`);
      }
      await this.pause(retryMs);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  }

  /** Resolves when the hub is closed; rejects when the connection cannot be made or breaks. */
  private async connectUntilBroken(onConnected: () => void): Promise<void> {
    const client = new Client({
      ...this.connection.clientConfig,
      // Told apart in pg_stat_activity: one for each process.
      application_name: 'mcp-backend listen',
      query_timeout: HEALTH_CHECK_TIMEOUT_MS,
    });
    const broken = new Promise<never>((_resolve, reject) => {
      client.once('end', () => {
        reject(new Error('the connection ended'));
      });
      client.on('error', reject);
    });
    // Before the race below awaits it, a rejection would count as unhandled.
    broken.catch(() => undefined);
    client.on('notification', ({ channel, payload }) => {
      this.tell(channel, (subscriber) => {
        subscriber.onNotify(payload ?? '');
      });
    });
    try {
      await client.connect();
      onConnected();
      this.client = client;
      for (const channel of this.channels.keys()) this.listen(client, channel);
      await Promise.race([broken, this.checkHealth(client)]);
    } finally {
      this.client = null;
      await client.end().catch(() => undefined);
    }
  }

  private async checkHealth(client: Client): Promise<void> {
    await this.pause(HEALTH_CHECK_MS);
    while (!this.isClosed()) {
      await this.execute(client, 'SELECT 1');
      await this.pause(HEALTH_CHECK_MS);
    }
  }

  /** Begins to listen, then has the channel's subscribers look for what came before. */
  private listen(client: Client, channel: string): void {
    this.execute(client, `LISTEN ${client.escapeIdentifier(channel)}`).then(
      () => {
        this.tell(channel, (subscriber) => {
          subscriber.onReconnect();
        });
      },
      // A connection that refuses is of no use: ending it makes a new one.
      () => client.end().catch(() => undefined),
    );
  }

  private unlisten(client: Client, channel: string): void {
    this.execute(client, `UNLISTEN ${client.escapeIdentifier(channel)}`).catch(() => undefined);
  }

  private execute(client: Client, statement: string): Promise<unknown> {
    const result = this.lastStatement.then(() => client.query(statement));
    this.lastStatement = result.catch(() => undefined);
    return result;
  }

  private tell(channel: string, say: (subscriber: ChannelSubscriber) => void): void {
    for (const subscriber of this.channels.get(channel) ?? []) {
      try {
        say(subscriber);
      } catch (error) {
        this.logger.error(`A subscriber of ${channel} failed`, error instanceof Error ? error.stack : error);
      }
    }
  }

  /** Ends early when the hub is closed. */
  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.closing.signal }).catch(() => undefined);
  }
}
