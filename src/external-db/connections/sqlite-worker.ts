import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';

import { AppError } from '../../common/errors/app-error';
import type { Poolable } from '../../components/connection-pool';
import type { SqliteAnswer, SqliteMessage } from './sqlite-protocol';

/** The file in this folder without its extension: `.js` in dist, `.ts` in the sources. */
const PROCESS_FILE = join(__dirname, `sqlite-process${extname(__filename)}`);

/** Rows on their way, twice: read, and written for us. SQLite's own memory is bounded there. */
const HEAP_MB = 256;

/** A process that runs SQLite's statements, one at a time; killed when one has to end. */
export class SqliteWorker implements Poolable {
  private readonly child: ChildProcess;

  constructor() {
    this.child = fork(PROCESS_FILE, [], {
      // Nothing of ours is its business: the environment holds the encryption key.
      env: {},
      cwd: '/',
      execArgv: [`--max-old-space-size=${HEAP_MB}`, '--disable-warning=ExperimentalWarning'],
      // Carries whole numbers of 64 bits, and bytes.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // Told by `exit` as well, where it matters.
    this.child.on('error', () => undefined);
    this.child.unref();
    this.child.channel?.unref();
  }

  get isUsable(): boolean {
    return this.child.connected && !this.child.killed;
  }

  /**
   * @throws the signal's reason when it fires: the statement ends with its process; AppError OUT_OF_MEMORY when the
   *   process ended by itself
   */
  async send(message: SqliteMessage, signal: AbortSignal): Promise<SqliteAnswer> {
    signal.throwIfAborted();
    const { child } = this;
    const { promise, resolve, reject } = Promise.withResolvers<SqliteAnswer>();
    const onExit = (): void => {
      reject(
        new AppError('OUT_OF_MEMORY', 'The statement took more memory than it may, or SQLite broke down'),
      );
    };
    const onAbort = (): void => {
      child.kill('SIGKILL');
      reject(signal.reason as Error);
    };
    child.once('message', resolve);
    child.once('exit', onExit);
    child.once('error', reject);
    signal.addEventListener('abort', onAbort, { once: true });
    // While it works, it keeps this process alive: somebody waits.
    child.channel?.ref();
    try {
      child.send(message, (error) => {
        if (error !== null) reject(error);
      });
      return await promise;
    } finally {
      child.channel?.unref();
      child.off('message', resolve);
      child.off('exit', onExit);
      child.off('error', reject);
      signal.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
