import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';

import { FirstKeyService } from '../api-keys/first-key.service';
import type { AppConfig } from '../config/app-config';
import { EmbeddedPostgres } from '../database/embedded-postgres/embedded-postgres';
import { banner } from './banner';
import { firstKeyBanner } from './first-key-banner';
import { listen } from './listen';

/** Requests and streams that are open at a shutdown have this long to end. */
const DRAIN_MS = 2_000;

/** A start that cannot be interrupted (it may be waiting for a database) is left behind after this time. */
const START_PATIENCE_MS = 1_000;

/** One run of the program: the embedded database if there is one, the application on top of it. */
export class Program {
  private readonly logger = new Logger('Program');
  private readonly stopping = new AbortController();
  private starting: Promise<void> | null = null;
  private postgres: EmbeddedPostgres | null = null;
  private app: NestExpressApplication | null = null;

  constructor(private readonly config: AppConfig) {}

  /**
   * Resolves when requests are accepted. When it rejects, `stop` takes down what has already been started.
   *
   * @throws AppError whose message says what to do
   */
  start(): Promise<void> {
    this.starting = this.bringUp();
    return this.starting;
  }

  /** Stops in order: no new requests, open ones and runs come to their end, then the database. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.race([this.starting?.catch(() => undefined), sleep(START_PATIENCE_MS)]);
    if (this.app !== null) await this.closeApp(this.app);
    await this.postgres?.stop();
  }

  /** For a process that ends now: asks the database to stop and waits for nothing. */
  abandon(): void {
    this.postgres?.abandon();
  }

  private async bringUp(): Promise<void> {
    const { signal } = this.stopping;
    const { config } = this;
    // Loading the application takes as long as making a database does: the two go on side by side.
    const [databaseUrl, { createApp }] = await Promise.all([this.startDatabase(), import('./create-app.js')]);
    signal.throwIfAborted();
    this.app = await createApp(config, databaseUrl, () => signal.aborted);
    signal.throwIfAborted();
    this.announce(this.app, await listen(this.app, config));
  }

  /** The connection string of the database, which is ours to start when the configuration names none. */
  private async startDatabase(): Promise<string> {
    const { databaseUrl, dataDir } = this.config;
    if (databaseUrl !== null) return databaseUrl;
    this.postgres = await EmbeddedPostgres.start({ dataDir, signal: this.stopping.signal });
    return this.postgres.connectionUrl;
  }

  private announce(app: NestExpressApplication, url: string): void {
    const { config } = this;
    if (config.logFormat === 'pretty') {
      process.stdout.write(banner(config, url));
      const firstKey = config.role === 'worker' ? null : app.get(FirstKeyService).takeMade();
      if (firstKey !== null) process.stdout.write(firstKeyBanner(firstKey, url));
      return;
    }
    this.logger.log({
      message: `Listening on ${url}`,
      url,
      docs: `${url}/api/docs`,
      data: config.databaseUrl === null ? config.dataDir : 'DATABASE_URL',
      role: config.role,
      version: config.version,
    });
  }

  private async closeApp(app: NestExpressApplication): Promise<void> {
    const cut = setTimeout(() => {
      app.getHttpServer().closeAllConnections();
    }, DRAIN_MS);
    try {
      await app.close();
    } finally {
      clearTimeout(cut);
    }
  }
}
