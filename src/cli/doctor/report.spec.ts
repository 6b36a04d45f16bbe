import pc from 'picocolors';

import { failed, ok, warning } from './finding';
import { judgeDisk } from './judge-disk';
import { reportOf } from './report';

const plain = pc.createColors(false);

it('gives a line to each finding, and what to do below it', () => {
  expect(reportOf([ok('Database', 'PostgreSQL 18'), failed('Clock', 'wrong', 'Set it')], plain)).toBe(
    '✔ Database  PostgreSQL 18\n✖ Clock     wrong\n            → Set it\n\n1 of 2 checks failed.',
  );
});

it.each([
  [[ok('a', 'b')], 'All is well.'],
  [[ok('a', 'b'), warning('c', 'd', 'e')], 'It can run; 1 of 2 checks have something to say.'],
])('sums %# up', (findings, summary) => {
  expect(reportOf(findings, plain).split('\n').at(-1)).toBe(summary);
});

it.each([
  [3 * 1024 ** 3, 'ok', '3.0 GB'],
  [1024 ** 3, 'warning', '1.0 GB'],
  [255 * 1024 ** 2, 'failed', '255 MB'],
])('takes %d free bytes for %s', (bytes, state, size) => {
  expect(judgeDisk(bytes, '/data')).toMatchObject({
    state,
    found: expect.stringContaining(size) as string,
  });
});
