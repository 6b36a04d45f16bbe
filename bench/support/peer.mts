import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

const folder = join(import.meta.dirname, '..', 'peers');

/** A product that ours is compared with: a program of `bench/peers`, which measures a round when it is told to. */
export class Peer {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(process: ChildProcess, lines: Interface) {
    this.#process = process;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** Installs the peers' packages where they are not, or have changed: they are no dependencies of ours. */
  static install(): void {
    const installed = join(folder, 'node_modules', '.package-lock.json');
    const wanted = statSync(join(folder, 'package-lock.json')).mtimeMs;
    if (existsSync(installed) && statSync(installed).mtimeMs >= wanted) return;
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('The packages of bench/peers could not be installed');
  }

  /** Starts a program of `bench/peers` and waits until it is ready. */
  static async start(script: string, ...args: string[]): Promise<Peer> {
    const process_ = spawn(process.execPath, [join(folder, script), ...args], {
      env: { PATH: process.env['PATH'], RESTATE_LOGGING: 'ERROR', NODE_NO_WARNINGS: '1' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const peer = new Peer(process_, createInterface({ input: process_.stdout }));
    while ((await peer.#nextLine()) !== 'ready');
    return peer;
  }

  /** Does what is measured once; milliseconds. */
  async round(): Promise<number> {
    this.#process.stdin?.write('go\n');
    for (;;) {
      const ms = Number(await this.#nextLine());
      if (!Number.isNaN(ms)) return ms;
    }
  }

  async stop(): Promise<void> {
    this.#process.stdin?.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }

  async #nextLine(): Promise<string> {
    const { value, done } = (await this.#lines.next()) as IteratorResult<string, undefined>;
    if (done === true) throw new Error(`${this.#process.spawnargs.join(' ')} ended before it was done`);
    return value;
  }
}
