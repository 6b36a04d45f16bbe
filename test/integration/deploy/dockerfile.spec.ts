import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { validate } from 'dockerfile-utils';

const ROOT = resolve(__dirname, '../../..');
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const lines = dockerfile.split('\n').filter((line) => !line.startsWith('#'));

/** What it does when it is built and run, `npm run image:check` shows. */
describe('the Dockerfile', () => {
  it('has no fault that can be seen by reading', () => {
    const faults = validate(dockerfile);
    expect(faults.map(({ message, range }) => [range.start.line + 1, message])).toEqual([]);
    expect(validate('FROM debian\nCOPPY a b').map(({ message }) => message)).toEqual([
      'Unknown instruction: COPPY',
    ]);
  });

  it('ends as a user by number, with a health check', () => {
    expect(lines.findLast((line) => line.startsWith('USER '))).toMatch(/^USER [1-9]\d*:[1-9]\d*$/);
    expect(dockerfile).toMatch(/^HEALTHCHECK [^]*\/health\/ready/m);
  });

  it('is given nothing but what it copies: no data, no secrets, no history', () => {
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    expect(ignored.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    const given = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(given.toSorted()).toEqual([...new Set(copied)].toSorted());
  });
});
