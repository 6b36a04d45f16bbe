import { setTimeout as sleep } from 'node:timers/promises';

import type { Dice } from './dice';
import type { Stage, StagedWorker } from './stage';

/** Past the lease of a worker (5 s), and then some. */
const FREEZE_MS = 6_500;
const STALL_MS = 3_000;
/** While PostgreSQL recovers from the first stop. */
const SECOND_STOP_MS = 350;

type Fault = (stage: Stage, dice: Dice) => Promise<void>;

/** What is done to the processes, by the name under which it is counted. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'kill -9 of a worker': async (stage, dice) => {
    const worker = anyWorker(stage, dice);
    if (worker !== null) await stage.killWorker(worker);
  },
  'kill -9 of the API': (stage) => stage.killApi(),
  'immediate stop of PostgreSQL': (stage) => {
    stopPostgres(stage);
    return Promise.resolve();
  },
  'immediate stop during recovery': async (stage) => {
    stopPostgres(stage);
    await sleep(SECOND_STOP_MS);
    stopPostgres(stage);
  },
  'end of all sessions': async (stage) => {
    await stage.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE pid <> pg_backend_pid() AND datname = current_database()`,
    );
  },
  'freeze past the lease': async (stage, dice) => {
    const worker = anyWorker(stage, dice);
    if (worker === null) return;
    worker.app.signal('SIGSTOP');
    await sleep(FREEZE_MS);
    worker.app.signal('SIGCONT');
  },
  'stall of the network': async (stage, dice) => {
    const worker = anyWorker(stage, dice);
    if (worker === null) return;
    worker.network.stall();
    await sleep(STALL_MS);
    worker.network.flow();
  },
  'replacement of a worker': async (stage, dice) => {
    const old = anyWorker(stage, dice);
    await stage.addWorker();
    if (old !== null && stage.workers.includes(old)) await stage.retireWorker(old);
  },
};

/** What goes on happening until it is stopped. */
export class FaultInjector {
  readonly counts = new Map<string, number>();
  private stopping = false;
  private readonly loop: Promise<void>;

  constructor(
    private readonly stage: Stage,
    private readonly dice: Dice,
  ) {
    this.loop = this.run();
  }

  /** Whether everything has happened at least once. */
  get isComplete(): boolean {
    return this.counts.size === Object.keys(FAULTS).length;
  }

  /** Resolves when nothing is broken any more. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.loop;
    await this.stage.mend();
  }

  private async run(): Promise<void> {
    // Each at least once, in some order, then at random.
    const due = Object.keys(FAULTS).toSorted(() => this.dice.next() - 0.5);
    const [first = '', ...others] = Object.keys(FAULTS);
    while (!this.stopping) {
      await sleep(this.dice.between(500, 2_500));
      const name = due.shift() ?? this.dice.pick([first, ...others]);
      // One that PostgreSQL or a process was too dead for is no fault of ours.
      const done = await FAULTS[name]?.(this.stage, this.dice).then(
        () => true,
        () => false,
      );
      if (done !== true) due.push(name);
      else this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      await this.stage.mend();
    }
  }
}

function anyWorker({ workers: [first, ...others] }: Stage, dice: Dice): StagedWorker | null {
  return first === undefined ? null : dice.pick([first, ...others]);
}

/** As `pg_ctl stop -m immediate` does; its supervisor starts it again. */
function stopPostgres({ postgres }: Stage): void {
  if (postgres.serverPid !== null) process.kill(postgres.serverPid, 'SIGQUIT');
}
