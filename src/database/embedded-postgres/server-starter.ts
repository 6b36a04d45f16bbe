import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import { AppError } from '../../common/errors/app-error';
import type { PostgresBinaries } from './binaries';
import { ensureCluster, removeDrafts } from './cluster';
import { ensurePassword, rotateLog } from './data-folder';
import type { Launcher } from './launcher';
import { isSocketServed, OwnerSession } from './owner-session';
import { type EmbeddedPaths, socketPath } from './paths';
import { Postmaster, stopForeignServer } from './postmaster';
import { inspectPostmaster, lockFileOf } from './postmaster-pid';
import { withStartLock } from './start-lock';

/**
 * How long a start is tried. After a kill, sessions of the dead server may hold its shared memory until they notice,
 * and a server that is stopping needs its time.
 */
const PATIENCE_MS = 20_000;
const RETRY_MS = 250;

/** A killed process' lock is given back at once; who still holds it after this time lives. */
const IN_USE_PATIENCE_MS = 1_000;

const READY_POLL_MS = 15;

/** What a server says that may start when tried again. */
const PASSING_TROUBLE = /lock file .* already exists|shared memory block|still in use|could not bind/i;

/** A server that runs, and the session by which we own it. */
export interface OwnedServer {
  readonly postmaster: Postmaster;
  readonly session: OwnerSession;
}

/** The start is worth another try. */
class NotYetError extends Error {}

/** Another living process owns the server. */
class InUseError extends Error {}

/** Brings the server of one data folder up, whatever an earlier process has left there. */
export class ServerStarter {
  private readonly logger = new Logger('PostgreSQL');

  constructor(
    private readonly paths: EmbeddedPaths,
    private readonly binaries: PostgresBinaries,
    private readonly launcher: Launcher,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  /**
   * Starts the server and takes it into possession. Of several processes that try at once, one succeeds.
   *
   * @param signal gives the start up
   * @throws AppError CONFLICT when another process owns the data folder, UNAVAILABLE when the server does not start
   */
  async start(signal: AbortSignal): Promise<OwnedServer> {
    const password = await ensurePassword(this.paths.passwordFile);
    const begun = Date.now();
    for (;;) {
      try {
        return await withStartLock(password, signal, () => this.attempt(password, signal));
      } catch (error) {
        const waited = Date.now() - begun;
        if (error instanceof InUseError) {
          if (waited >= IN_USE_PATIENCE_MS) throw this.inUse();
        } else if (!(error instanceof NotYetError)) {
          throw error;
        } else if (waited >= PATIENCE_MS) {
          throw this.notStarted(error.message);
        }
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
  }

  private async attempt(password: string, signal: AbortSignal): Promise<OwnedServer> {
    const state = await inspectPostmaster(this.paths.cluster);
    if (state.kind === 'starting') throw new NotYetError('another server is starting');
    if (state.kind === 'running') await this.stopLeftServer(state.pid, password);
    // Whoever listens without being in our process table runs in another container, on the same folder.
    else if (await isSocketServed(this.paths)) throw new InUseError();
    else await this.removeStaleLocks();

    await removeDrafts(this.paths.dataDir);
    if (await ensureCluster(this.paths, this.binaries, this.launcher, password)) {
      this.logger.log(`Made a new database in ${this.paths.cluster}`);
    }
    await rotateLog(this.paths.logFile);
    signal.throwIfAborted();
    const postmaster = await Postmaster.spawn(this.paths, this.binaries, this.launcher, this.settings);
    return { postmaster, session: await this.own(postmaster, password, signal) };
  }

  /** Stops a server whose owner was killed. */
  private async stopLeftServer(pid: number, password: string): Promise<void> {
    const session = await OwnerSession.open(this.paths, password).catch((error: unknown) => {
      if (isWrongPassword(error)) throw this.wrongPassword();
      throw new NotYetError(`the server with process id ${pid} is starting or stopping`);
    });
    try {
      if (!(await session.tryOwn())) throw new InUseError();
      this.logger.warn(`Stopping the server that a killed process has left (process id ${pid})`);
      await stopForeignServer(pid);
    } finally {
      await session.close();
    }
  }

  /** Both lock files name a process; one that was killed cannot remove them, and its number may be used again. */
  private async removeStaleLocks(): Promise<void> {
    await rm(lockFileOf(this.paths.cluster), { force: true });
    await rm(`${socketPath(this.paths.socketDir)}.lock`, { force: true });
  }

  /** Waits until the server answers, and takes possession. A server that we do not get is not left behind. */
  private async own(postmaster: Postmaster, password: string, signal: AbortSignal): Promise<OwnerSession> {
    let session: OwnerSession | null = null;
    try {
      session = await this.connect(postmaster, password, signal);
      if (!(await session.tryOwn())) throw new InUseError();
      await session.ensureDatabase(password);
      return session;
    } catch (error) {
      await session?.close();
      // Lost to another process: then the server is that one's, to stop or to keep.
      if (!(error instanceof InUseError)) await postmaster.stop();
      throw error;
    }
  }

  private async connect(
    postmaster: Postmaster,
    password: string,
    signal: AbortSignal,
  ): Promise<OwnerSession> {
    while (postmaster.isRunning) {
      signal.throwIfAborted();
      try {
        return await OwnerSession.open(this.paths, password);
      } catch (error) {
        if (isWrongPassword(error)) throw this.wrongPassword();
        await sleep(READY_POLL_MS);
      }
    }
    const words = await postmaster.findLastWords();
    throw PASSING_TROUBLE.test(words) ? new NotYetError(words) : this.notStarted(words);
  }

  private inUse(): AppError {
    return new AppError(
      'CONFLICT',
      `DATA_DIR ${this.paths.dataDir} is in use by another mcp-backend: stop it, or set DATABASE_URL to share one database`,
    );
  }

  private notStarted(why: string): AppError {
    return new AppError('UNAVAILABLE', `PostgreSQL did not start: ${why} (its log is ${this.paths.logFile})`);
  }

  private wrongPassword(): AppError {
    return new AppError(
      'UNAVAILABLE',
      `${this.paths.passwordFile} does not fit the database in ${this.paths.cluster}: restore the two together`,
    );
  }
}

function isWrongPassword(error: unknown): boolean {
  return (error as { code?: unknown }).code === '28P01';
}
