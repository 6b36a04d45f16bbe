import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';

import { FirstKeyService } from '../api-keys/first-key.service';
import { Shutdown } from '../common/shutdown/shutdown';
import type { AppConfig } from '../config/app-config';
import { EmbeddedPostgres } from '../database/embedded-postgres/embedded-postgres';
import { MetricsRegistry } from '../metrics/metrics-registry';
import { Telemetry } from '../telemetry/telemetry';
import { banner } from './banner';
import { firstKeyBanner } from './first-key-banner';
import { listen, stopListening } from './listen';

/** A start that cannot be interrupted (it may be waiting for a database) is left behind after this time. */
const START_PATIENCE_MS = 1_000;

/** What closing takes at most, once open requests and running steps have had their time. */
const CLOSING_MS = 5_000;

/** One run of the program: the embedded database if there is one, the application on top of it. */
export class Program {
  private readonly logger = new Logger('Program');
  private readonly shutdown = new Shutdown();
  private starting: Promise<void> | null = null;
  private postgres: EmbeddedPostgres | null = null;
  private telemetry: Telemetry | null = null;
  private app: NestExpressApplication | null = null;
  private isServing = false;
  private readonly drainMs: number;
  private readonly graceMs: number;

  constructor(private readonly config: AppConfig) {
    // Nobody sends requests to a worker.
    this.drainMs = config.role === 'worker' ? 0 : config.shutdownDrainSeconds * 1_000;
    this.graceMs = config.shutdownGraceSeconds * 1_000;
  }

  /**
   * Resolves when requests are accepted. When it rejects, `stop` takes down what has already been started.
   *
   * @throws AppError whose message says what to do
   */
  start(): Promise<void> {
    this.starting = this.bringUp();
    return this.starting;
  }

  /** How long {@link stop} takes at most when all is well, milliseconds. */
  get stopPatienceMs(): number {
    return this.drainMs + this.graceMs + CLOSING_MS;
  }

  /**
   * Stops in order: it says that it is not ready and serves on for a while; then it takes no new connections, open
   * requests and runs come to their end, and at last the database.
   */
  async stop(): Promise<void> {
    this.shutdown.beginDraining();
    if (this.isServing) await sleep(this.drainMs);
    this.shutdown.beginStopping();
    await Promise.race([this.starting?.catch(() => undefined), sleep(START_PATIENCE_MS)]);
    if (this.app !== null) await this.closeApp(this.app);
    // The spans of the last runs as well.
    await this.telemetry?.stop();
    await this.postgres?.stop();
  }

  /** For a process that ends now: asks the database to stop and waits for nothing. */
  abandon(): void {
    this.postgres?.abandon();
  }

  private async bringUp(): Promise<void> {
    const { config, shutdown } = this;
    const signal = shutdown.stopping;
    this.telemetry = await Telemetry.start(config.telemetry, config.version);
    // Loading the application takes as long as making a database does: the two go on side by side.
    const [databaseUrl, { createApp }] = await Promise.all([this.startDatabase(), import('./create-app.js')]);
    signal.throwIfAborted();
    this.app = await createApp(config, databaseUrl, shutdown);
    this.telemetry.exportMetricsOf(this.app.get(MetricsRegistry));
    signal.throwIfAborted();
    const url = await listen(this.app, config);
    this.isServing = true;
    this.announce(this.app, url);
  }

  /** The connection string of the database, which is ours to start when the configuration names none. */
  private async startDatabase(): Promise<string> {
    const { databaseUrl, dataDir } = this.config;
    if (databaseUrl !== null) return databaseUrl;
    this.postgres = await EmbeddedPostgres.start({ dataDir, signal: this.shutdown.stopping });
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
    }, this.graceMs);
    try {
      await stopListening(app);
      await app.close();
    } finally {
      clearTimeout(cut);
    }
  }
}
