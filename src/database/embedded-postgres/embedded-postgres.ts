import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import { findBinaries } from './binaries';
import { ensurePassword, prepareDataFolder } from './data-folder';
import { APP_DATABASE, APP_ROLE } from './owner-session';
import { socketUrl } from './paths';
import { prepareLauncher } from './server-account';
import { type OwnedServer, ServerStarter } from './server-starter';

/** A server that ends sooner than this after its start is not started again at once. */
const SHORT_LIFE_MS = 5_000;
const FIRST_DELAY_MS = 250;
const LAST_DELAY_MS = 5_000;

export interface EmbeddedPostgresOptions {
  /** Everything is kept in here; made when missing. */
  readonly dataDir: string;
  /** Settings of the server over our own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Gives the start up. */
  readonly signal?: AbortSignal;
}

/**
 * A PostgreSQL server of our own, for as long as this process lives: started with its data folder made when missing,
 * started again when it dies, stopped in order. It listens on a private Unix socket only.
 */
export class EmbeddedPostgres {
  private readonly logger = new Logger('PostgreSQL');
  private readonly stopping = new AbortController();
  private readonly supervision: Promise<void>;

  private constructor(
    private readonly starter: ServerStarter,
    private server: OwnedServer,
    /** For the program's own role and database. Holds the password. Stays the same when the server is restarted. */
    readonly connectionUrl: string,
  ) {
    this.supervision = this.supervise();
  }

  /**
   * Starts the server, or takes over the one that a killed process has left in this folder.
   *
   * @throws AppError CONFLICT when another process uses the folder, UNAVAILABLE when it cannot be started; the
   *   message says what helps
   */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const binaries = findBinaries();
    const paths = await prepareDataFolder(options.dataDir);
    const launcher = await prepareLauncher(paths, binaries);
    const starter = new ServerStarter(paths, binaries, launcher, options.settings ?? {});
    const server = await starter.start(options.signal ?? new AbortController().signal);
    const password = await ensurePassword(paths.passwordFile);
    const url = socketUrl(paths.socketDir, APP_ROLE, password, APP_DATABASE);
    return new EmbeddedPostgres(starter, server, url);
  }

  /** Process id of the server; another one after a restart. */
  get serverPid(): number | null {
    return this.server.postmaster.pid;
  }

  /** Stops the server, within some five seconds. What was committed is safe, however it ends. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.server.postmaster.stop();
    await this.supervision;
    // A restart that was under way may have ended with a server.
    await this.server.postmaster.stop();
  }

  /** Asks for the shutdown without waiting for it. */
  abandon(): void {
    this.stopping.abort();
    this.server.postmaster.requestStop();
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Starts the server again whenever it ends and nobody has asked for it. */
  private async supervise(): Promise<void> {
    let delayMs = 0;
    while (!this.isStopping()) {
      const begun = Date.now();
      const how = await this.server.postmaster.exited;
      if (this.isStopping()) return;
      this.logger.error(`The server ended unexpectedly (${how}), starting it again`);
      delayMs = Date.now() - begun < SHORT_LIFE_MS ? longer(delayMs) : 0;
      await this.restart(delayMs);
    }
  }

  private async restart(firstDelayMs: number): Promise<void> {
    for (let delayMs = firstDelayMs; !this.isStopping(); delayMs = longer(delayMs)) {
      try {
        await sleep(delayMs, undefined, { signal: this.stopping.signal });
        this.server = await this.starter.start(this.stopping.signal);
        this.logger.log('The server runs again');
        return;
      } catch (error) {
        if (this.isStopping()) return;
        this.logger.error(error instanceof Error ? error.message : String(error));
      }
    }
  }
}

function longer(delayMs: number): number {
  return Math.min(Math.max(delayMs * 2, FIRST_DELAY_MS), LAST_DELAY_MS);
}
