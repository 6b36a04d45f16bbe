import { judgeClock } from './judge-clock';

it.each([
  [0, 1, 'ok'],
  [-1_900, 0, 'ok'],
  [2_100, 0, 'warning'],
  [-2_100, 0, 'warning'],
  // Asking took so long that nothing can be said.
  [2_100, 200, 'ok'],
  [59_000, 0, 'warning'],
  [-61_000, 0, 'failed'],
])('takes %d ms, known to %d ms, for %s', (offset, uncertainty, state) => {
  expect(judgeClock(offset, uncertainty)).toMatchObject({ state });
});

it('says which clock is ahead', () => {
  expect(judgeClock(5_000, 0).found).toBe("the database's clock is 5.0 s ahead of this machine's");
  expect(judgeClock(-5_000, 0).found).toBe("the database's clock is 5.0 s behind this machine's");
});
