import { builtin, call, Drive, FACTS, NOW, planOf } from '../../../test/support/run-drive';
import { closeRun } from './advance';
import type { StepOutcome } from './apply-outcome';
import type { Decision } from './decision';
import type { JsonObject } from './json';
import { MAX_OUTPUT_BYTES } from './output-size';
import { MAX_LOST_ATTEMPTS } from './retry-policy';
import { STEP_STATUSES } from './states';
import type { StepStatus } from './states';
import type { Unit } from './unit';

/** One letter a status, in the tables below. */
const LETTERS: Readonly<Record<StepStatus, string>> = {
  pending: 'p',
  running: 'r',
  waiting: 'w',
  retrying: 'y',
  succeeded: 'S',
  failed: 'F',
  skipped: 'K',
  cancelled: 'C',
  timed_out: 'T',
};

const LATER = NOW + 1_000;
const RETRY = { max_attempts: 2, initial_ms: 10 };
const END_MESSAGE = 'it ends';

/** The kinds of units that there are: a step of each, called `a`. */
const KINDS = {
  component: call('a', { retry: RETRY, on_error: 'continue' }),
  workflow: {
    id: 'a',
    uses: { workflow_definition_id: '0197c7a0-0000-7000-8000-000000000002' },
    retry: RETRY,
    on_error: 'continue',
  },
  wait: builtin('a', 'wait', { seconds: 1 }, { on_error: 'continue' }),
  signal: builtin('a', 'signal', {}, { timeout_seconds: 1, on_error: 'continue' }),
  set: builtin('a', 'set', 1, { on_error: 'continue' }),
  fail: builtin('a', 'fail', { message: 'no' }, { on_error: 'continue' }),
  item: call('a', { for_each: { items: '[1, 2, 3]', max_parallel: 2 }, retry: RETRY, on_error: 'continue' }),
} satisfies Readonly<Record<string, JsonObject>>;
type Kind = keyof typeof KINDS;

const failure = { code: 'BAD', message: 'no' };

/** Everything that can happen to a unit, and so may change its state. */
const OUTCOMES: Readonly<Record<StepOutcome['kind'], Readonly<Record<string, object>>>> = {
  succeeded: {
    'it succeeds': { output: 1, bytes: 1 },
    'it gives too much': { output: 1, bytes: MAX_OUTPUT_BYTES + 1 },
  },
  failed: {
    'it fails': { failure: { ...failure, retryable: false } },
    'it fails, retryable': { failure: { ...failure, retryable: true } },
  },
  timed_out: {
    'it times out': { failure: { ...failure, retryable: false } },
    'it times out, retryable': { failure: { ...failure, retryable: true } },
  },
  lost: { 'its worker is lost': {} },
  cancelled: { 'it is stopped': {} },
};
type Event = (run: Drive, unit: Unit) => Decision[];
const EVENTS: Readonly<Record<string, Event>> = {
  'the run goes on': (run) => run.advance(),
  'its time has come': (run) => {
    run.now = LATER;
    return run.advance();
  },
  'its signal has come': (run) => {
    run.state.deliver({ name: 'a', payload: 1, sentAt: FACTS.createdAt, sentBy: 'key-1' });
    return run.advance();
  },
  'another item fails': (run, { stepId }) => {
    run.fail({ stepId, item: 0 }, 'BAD', false);
    return run.advance();
  },
  ...Object.fromEntries(
    (['failed', 'cancelled', 'timed_out'] as const).map((status): [string, Event] => [
      `the run ends as ${status}`,
      (run) => {
        closeRun(run.state, { status, error: { code: 'X', message: END_MESSAGE } });
        return run.advance();
      },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(OUTCOMES).flatMap(([kind, cases]) =>
      Object.entries(cases).map(([name, more]): [string, Event] => [
        name,
        (run, unit) => [run.outcome({ ...unit, kind, ...more } as StepOutcome)],
      ]),
    ),
  ),
};

interface Started {
  readonly run: Drive;
  readonly unit: Unit;
}

/** A run in which the unit is in a state, beside a step that goes on running. */
function startedWith(kind: Kind, status: StepStatus, attempt = 1, lostAttempts = 0): Started {
  const plan = planOf([KINDS[kind], call('other')]);
  const unit: Unit = kind === 'item' ? { stepId: 'a', item: 1 } : { stepId: 'a' };
  const recorded = { output: null, outputBytes: 0, error: null, wakeAt: null, endedAt: null };
  const lost = Array.from({ length: lostAttempts }, (_none, index) => ({
    ...recorded,
    ...unit,
    attempt: index + 1,
    status: 'retrying' as const,
    error: { code: 'WORKER_LOST', message: '' },
  }));
  const isTimed = status === 'retrying' || (status === 'waiting' && kind !== 'workflow');
  const run = new Drive(plan, [
    ...(kind === 'item'
      ? [
          { ...recorded, stepId: 'a', attempt: 1, status: 'running' as const, inputs: [1, 2, 3] },
          { ...recorded, stepId: 'a', item: 0, attempt: 1, status: 'running' as const },
        ]
      : []),
    { ...recorded, stepId: 'other', attempt: 1, status: 'running' },
    ...lost,
    ...(status === 'pending'
      ? []
      : [{ ...recorded, ...unit, attempt, status, wakeAt: isTimed ? LATER : null }]),
  ]);
  return { run, unit };
}

/** What becomes of the unit: a letter, `.` where nothing does, `!` where the core refuses it as a defect of its caller. */
function becomes({ run, unit }: Started, event: Event): string {
  try {
    const decisions = event(run, unit);
    const letters = decisions.flatMap((decision) =>
      'stepId' in decision && decision.stepId === unit.stepId && decision.item === unit.item
        ? [LETTERS[statusAfter(decision)]]
        : [],
    );
    return letters.join('') || '.';
  } catch {
    return '!';
  }
}

function statusAfter(decision: Decision): StepStatus {
  switch (decision.type) {
    case 'start':
    case 'open':
      return 'running';
    case 'wait':
    case 'call':
      return 'waiting';
    case 'succeed':
      return 'succeeded';
    case 'retry':
      return 'retrying';
    case 'cancel':
      return 'cancelled';
    case 'skip':
      return 'skipped';
    case 'fail':
    case 'handle_failure':
    case 'end':
      return decision.status;
  }
}

/** A row an event, a column a state, in the order of STEP_STATUSES: what is added to either makes the tables differ. */
function table(kind: Kind): string[] {
  return Object.entries(EVENTS)
    .filter(([name]) => kind === 'item' || name !== 'another item fails')
    .map(
      ([name, event]) =>
        `${name.padEnd(26)}${STEP_STATUSES.map((status) => becomes(startedWith(kind, status), event)).join(' ')}`,
    );
}

/** No worker is ever at work on a builtin: these are defects where they come to one. */
const BUILTIN_OUTCOMES = [
  'it succeeds               ! S ! ! ! ! ! ! !',
  'it gives too much         ! F ! ! ! ! ! ! !',
  'it fails                  ! F ! ! ! ! ! ! !',
  'it fails, retryable       ! F ! ! ! ! ! ! !',
  'it times out              ! T ! ! ! ! ! ! !',
  'it times out, retryable   ! T ! ! ! ! ! ! !',
  'its worker is lost        ! y ! ! ! ! ! ! !',
  'it is stopped             ! C ! ! ! ! ! ! !',
];

describe('a unit', () => {
  // What a kind never rests in is there as well: from the moment that it begins, a builtin or a call of a workflow is past
  // `running` in the same walk.
  it.each<[Kind, string[]]>([
    [
      'component',
      [
        //                          p r w y S F K C T
        'the run goes on           r . . . . . . . .',
        'its time has come         r . S r . . . . .',
        'its signal has come       r . . . . . . . .',
        'the run ends as failed    K . C C . . . . .',
        'the run ends as cancelled C . C C . . . . .',
        'the run ends as timed_out C . C C . . . . .',
        'it succeeds               ! S ! ! ! ! ! ! !',
        'it gives too much         ! F ! ! ! ! ! ! !',
        'it fails                  ! F ! ! ! ! ! ! !',
        'it fails, retryable       ! y ! ! ! ! ! ! !',
        'it times out              ! T ! ! ! ! ! ! !',
        'it times out, retryable   ! y ! ! ! ! ! ! !',
        'its worker is lost        ! y ! ! ! ! ! ! !',
        'it is stopped             ! C ! ! ! ! ! ! !',
      ],
    ],
    [
      'workflow',
      [
        'the run goes on           w . . . . . . . .',
        'its time has come         w . . w . . . . .',
        'its signal has come       w . . . . . . . .',
        'the run ends as failed    K . C C . . . . .',
        'the run ends as cancelled C . C C . . . . .',
        'the run ends as timed_out C . C C . . . . .',
        'it succeeds               ! S S ! ! ! ! ! !',
        'it gives too much         ! F F ! ! ! ! ! !',
        'it fails                  ! F F ! ! ! ! ! !',
        'it fails, retryable       ! y y ! ! ! ! ! !',
        'it times out              ! T T ! ! ! ! ! !',
        'it times out, retryable   ! y y ! ! ! ! ! !',
        'its worker is lost        ! y y ! ! ! ! ! !',
        'it is stopped             ! C C ! ! ! ! ! !',
      ],
    ],
    [
      'wait',
      [
        'the run goes on           w . . . . . . . .',
        'its time has come         w . S w . . . . .',
        'its signal has come       w . . . . . . . .',
        'the run ends as failed    K . C C . . . . .',
        'the run ends as cancelled C . C C . . . . .',
        'the run ends as timed_out C . C C . . . . .',
        ...BUILTIN_OUTCOMES,
      ],
    ],
    [
      'signal',
      [
        'the run goes on           w . . . . . . . .',
        'its time has come         w . T w . . . . .',
        'its signal has come       S . S . . . . . .',
        'the run ends as failed    K . C C . . . . .',
        'the run ends as cancelled C . C C . . . . .',
        'the run ends as timed_out C . C C . . . . .',
        ...BUILTIN_OUTCOMES,
      ],
    ],
    [
      'set',
      [
        'the run goes on           S . . . . . . . .',
        'its time has come         S . S S . . . . .',
        'its signal has come       S . . . . . . . .',
        'the run ends as failed    K . C C . . . . .',
        'the run ends as cancelled C . C C . . . . .',
        'the run ends as timed_out C . C C . . . . .',
        ...BUILTIN_OUTCOMES,
      ],
    ],
    [
      'fail',
      [
        'the run goes on           F . . . . . . . .',
        'its time has come         F . S F . . . . .',
        'its signal has come       F . . . . . . . .',
        'the run ends as failed    K . C C . . . . .',
        'the run ends as cancelled C . C C . . . . .',
        'the run ends as timed_out C . C C . . . . .',
        ...BUILTIN_OUTCOMES,
      ],
    ],
    [
      'item',
      [
        // One that has not begun has no state of its own, and one that has ended keeps none.
        'the run goes on           r . . . . . . . .',
        'its time has come         r . S r . . . . .',
        'its signal has come       r . . . . . . . .',
        'another item fails        . . C C . . . . .',
        'the run ends as failed    . . C C . . . . .',
        'the run ends as cancelled . . C C . . . . .',
        'the run ends as timed_out . . C C . . . . .',
        'it succeeds               ! S ! ! ! ! ! ! !',
        'it gives too much         ! F ! ! ! ! ! ! !',
        'it fails                  ! F ! ! ! ! ! ! !',
        'it fails, retryable       ! y ! ! ! ! ! ! !',
        'it times out              ! T ! ! ! ! ! ! !',
        'it times out, retryable   ! y ! ! ! ! ! ! !',
        'its worker is lost        ! y ! ! ! ! ! ! !',
        'it is stopped             ! C ! ! ! ! ! ! !',
      ],
    ],
  ])('of the kind %s becomes, whatever happens in whichever state, what its table says', (kind, rows) => {
    expect(table(kind)).toEqual(rows);
  });

  it('that runs is tried again as often as its policy says, lost attempts aside, and not where its run ends', () => {
    const circumstances: Readonly<Record<string, () => Started>> = {
      'at its first attempt': () => startedWith('component', 'running'),
      'at its last attempt': () => startedWith('component', 'running', 2),
      'at its second, the first was lost': () => startedWith('component', 'running', 2, 1),
      'lost as often as may be but once': () =>
        startedWith('component', 'running', MAX_LOST_ATTEMPTS, MAX_LOST_ATTEMPTS - 1),
      'in a run that ends': () => {
        const started = startedWith('component', 'running');
        closeRun(started.run.state, { status: 'failed', error: { code: 'X', message: END_MESSAGE } });
        return started;
      },
    };
    const outcomes = Object.values(OUTCOMES).flatMap((cases) => Object.keys(cases));
    const row = (started: () => Started): string =>
      outcomes.map((name) => becomes(started(), EVENTS[name] ?? (() => []))).join(' ');
    expect(outcomes).toEqual([
      'it succeeds',
      'it gives too much',
      'it fails',
      'it fails, retryable',
      'it times out',
      'it times out, retryable',
      'its worker is lost',
      'it is stopped',
    ]);
    expect(
      Object.entries(circumstances).map(([name, started]) => `${name.padEnd(34)}${row(started)}`),
    ).toEqual([
      'at its first attempt              S F F y T y y C',
      'at its last attempt               S F F F T T y C',
      'at its second, the first was lost S F F y T y y C',
      'lost as often as may be but once  S F F y T y F C',
      'in a run that ends                S F F F T T F C',
    ]);
  });
});
