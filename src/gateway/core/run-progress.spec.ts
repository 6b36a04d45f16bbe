import { type RunEvent, runNarrator } from './run-progress';

const ended = (step_id: string, status = 'succeeded', more: object = {}): RunEvent => ({
  type: 'status_change',
  data: { step_id, status, ...more },
});

it('tells each step once, when it has ended', () => {
  const tell = runNarrator();
  const told = [
    { type: 'status_change', data: { status: 'running' } },
    ended('a', 'running'),
    ended('a'),
    ended('a'),
    ended('b', 'succeeded', { index: 0 }),
    ended('b', 'skipped'),
    { type: 'status_change', data: { status: 'succeeded' } },
  ].map((event) => tell(event).progress);
  expect(told.filter((progress) => progress !== undefined)).toEqual([
    { progress: 1, message: 'a: succeeded' },
    { progress: 2, message: 'b: skipped' },
  ]);
});

it.each([
  ['warn', 'warning'],
  ['error', 'error'],
  ['unheard of', 'info'],
])('tells a line of the log of level %s as %s', (level, told) => {
  const event = { type: 'log', data: { step_id: 'a', level, message: 'x' } };
  expect(runNarrator()(event).log).toEqual({ level: told, data: 'x', logger: 'a' });
});
