/** How much is done, and to how much. */
export interface Effort {
  /** How long processes are harmed, at least; and in any case until everything has been done to them once. */
  readonly seconds: number;
  readonly workflows: number;
  readonly workers: number;
  /** Between two starts of runs, milliseconds. */
  readonly startEveryMs: number;
  /** Runs under way, the nested ones included: a machine that is slower than the starts would never come to the end. */
  readonly mostOpen: number;
  /** Between two faults, milliseconds: the least and the most. */
  readonly pauseMs: readonly [least: number, most: number];
  /** Of all runs, how many may be ended by the guard against crash loops: among many, chance kills one step so often. */
  readonly crashLoops: number;
}

/** For every change, on two cores: each kind of fault at least once, each guarantee checked, on few runs. */
const SHORT: Effort = {
  seconds: 0,
  workflows: 8,
  workers: 2,
  startEveryMs: 150,
  mostOpen: 60,
  pauseMs: [200, 1_000],
  crashLoops: 0,
};

/** By hand: hundreds of runs at a time, for as long as one likes. */
const LONG: Omit<Effort, 'seconds'> = {
  workflows: 12,
  workers: 3,
  startEveryMs: 120,
  mostOpen: 400,
  pauseMs: [500, 2_500],
  crashLoops: 0.001,
};

/** Short, unless CHAOS_SECONDS says for how long. */
export const EFFORT: Effort =
  process.env['CHAOS_SECONDS'] === undefined
    ? SHORT
    : { ...LONG, seconds: Number(process.env['CHAOS_SECONDS']) };
