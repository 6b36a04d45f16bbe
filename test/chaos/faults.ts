import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from '../support/eventually';
import type { Dice } from './dice';
import { EFFORT } from './effort';
import type { Stage, StagedWorker } from './stage';

/** Past the lease of a worker (5 s), and then some. */
const FREEZE_MS = 6_500;
const STALL_MS = 3_000;

/** Does it. What is still to be undone goes on beside the faults that follow, and is given back. */
type Fault = (stage: Stage, dice: Dice) => Undoing | Promise<unknown>;

interface Undoing {
  readonly undone: Promise<void>;
}

/** What is done to the processes, by the name under which it is counted. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'kill -9 of a worker': async (stage, dice) => {
    await stage.killWorker(await busyWorker(stage, dice));
  },
  'kill -9 of the API': (stage) => stage.killApi(),
  'immediate stop of PostgreSQL': async (stage) => {
    await stage.stopPostgres();
  },
  'immediate stop during recovery': async (stage) => {
    const stopped = await stage.stopPostgres();
    await eventually(async () => {
      const pid = await stage.postgresPid();
      return pid !== null && pid !== stopped;
    });
    await stage.stopPostgres();
  },
  'end of all sessions': async (stage) => {
    await stage.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE pid <> pg_backend_pid() AND datname = current_database()`,
    );
  },
  'freeze past the lease': async (stage, dice) =>
    harm(await busyWorker(stage, dice), FREEZE_MS, {
      begin: ({ app }) => {
        app.signal('SIGSTOP');
      },
      end: ({ app }) => {
        app.signal('SIGCONT');
      },
    }),
  'stall of the network': (stage, dice) =>
    harm(anyWorker(stage, dice), STALL_MS, {
      begin: ({ network }) => {
        network.stall();
      },
      end: ({ network }) => {
        network.flow();
      },
    }),
  'replacement of a worker': async (stage, dice) => {
    const old = anyWorker(stage, dice);
    await stage.addWorker();
    await stage.retireWorker(old);
  },
};

/** What goes on happening until it is stopped. */
export class FaultInjector {
  readonly counts = new Map<string, number>();
  private stopping = false;
  private readonly loop: Promise<void>;
  private readonly lasting: Promise<void>[] = [];

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
    await Promise.all(this.lasting);
    await this.stage.mend();
  }

  private async run(): Promise<void> {
    // Each at least once, in some order, then at random.
    const due = Object.keys(FAULTS).toSorted(() => this.dice.next() - 0.5);
    const [first = '', ...others] = Object.keys(FAULTS);
    while (!this.stopping) {
      await sleep(this.dice.between(...EFFORT.pauseMs));
      const name = due.shift() ?? this.dice.pick([first, ...others]);
      if (await this.inflict(name)) this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      else due.push(name);
      await this.stage.mend();
    }
  }

  /** @returns false where PostgreSQL or a process was too dead for it, which is no fault of ours */
  private async inflict(name: string): Promise<boolean> {
    try {
      const done: unknown = await FAULTS[name]?.(this.stage, this.dice);
      if (isUndoing(done)) this.lasting.push(done.undone);
      return true;
    } catch {
      return false;
    }
  }
}

function isUndoing(done: unknown): done is Undoing {
  return typeof done === 'object' && done !== null && 'undone' in done;
}

/** How long a worker is looked for that holds runs. */
const BUSY_MS = 2_000;

const HOLDERS = `
SELECT w.pid FROM workers w JOIN workflow_runs r ON r.owner = w.id GROUP BY w.pid ORDER BY count(*) DESC`;

/** The worker that holds the most runs, so that there is something to lose; any, where none holds one. */
async function busyWorker(stage: Stage, dice: Dice): Promise<StagedWorker> {
  const find = async (): Promise<StagedWorker | undefined> => {
    const holders = await stage.query<{ pid: number }>(HOLDERS);
    return holders
      .map(({ pid }) => stage.workers.find(({ app, isHarmed }) => app.pid === pid && !isHarmed))
      .find((worker) => worker !== undefined);
  };
  return eventually(find, BUSY_MS).catch(() => anyWorker(stage, dice));
}

/** @throws Error where something is being done to every worker already */
function anyWorker({ workers }: Stage, dice: Dice): StagedWorker {
  const [first, ...others] = workers.filter(({ isHarmed }) => !isHarmed);
  if (first === undefined) throw new Error('There is no worker left to harm');
  return dice.pick([first, ...others]);
}

function harm(
  worker: StagedWorker,
  ms: number,
  { begin, end }: Readonly<Record<'begin' | 'end', (worker: StagedWorker) => void>>,
): Undoing {
  worker.isHarmed = true;
  begin(worker);
  const undone = sleep(ms).then(() => {
    end(worker);
    worker.isHarmed = false;
  });
  return { undone };
}
