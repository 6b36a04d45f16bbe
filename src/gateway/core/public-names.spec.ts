import fc from 'fast-check';

import { assignNames, MAX_NAME_LENGTH, type Named } from './public-names';

function named(prefix: string | null, name: string, identity = `${prefix ?? ''}/${name}`): Named {
  return { prefix, name, identity };
}

describe('assignNames', () => {
  it.each<[string, Named, string]>([
    ['puts a server before its tools', named('github', 'search_code'), 'github__search_code'],
    ['leaves a name without a prefix alone', named(null, 'nightly-report'), 'nightly-report'],
    ['takes an empty prefix for none', named('', 'search'), 'search'],
    ['replaces what model APIs do not take', named('my docs', 'files.read/all'), 'my_docs__files_read_all'],
    ['replaces letters beyond ASCII', named(null, 'Überblick'), '_berblick'],
    ['gives even nothing a name', named(null, ''), '_'],
    ['keeps a name of exactly the limit', named(null, 'x'.repeat(64)), 'x'.repeat(64)],
    [
      'cuts a longer one, and ends it with a hash of what it names',
      named(null, 'x'.repeat(65), 'a'),
      // sha256("a") = ca978112…
      `${'x'.repeat(55)}_ca978112`,
    ],
  ])('%s', (_case, thing, name) => {
    expect(assignNames([thing])).toEqual([name]);
  });

  it('leaves a name to the first that has it, and hashes the others', () => {
    const names = assignNames([named('a', 'b__c', 'first'), named('a__b', 'c', 'second')]);
    expect(names).toEqual(['a__b__c', expect.stringMatching(/^a__b__c_[0-9a-f]{8}$/)]);
  });

  it('renames nothing when something is registered later', () => {
    const elders = [named('a', 'x.y', '1'), named('a', 'x_y', '2')];
    expect(assignNames([...elders, named('a', 'x_y', '3')]).slice(0, 2)).toEqual(assignNames(elders));
  });

  it('gives different names within the rules, whatever it is given', () => {
    const thing = fc.record({
      prefix: fc.option(fc.string({ maxLength: 80 })),
      name: fc.oneof(fc.string({ maxLength: 80 }), fc.constantFrom('a', 'a.', 'a_', 'a__b')),
      identity: fc.constantFrom('1', '2', '3'),
    });
    fc.assert(
      fc.property(fc.array(thing), (things) => {
        const names = assignNames(things);
        expect(new Set(names).size).toBe(things.length);
        for (const name of names) {
          expect(name).toMatch(/^[A-Za-z0-9_-]+$/);
          expect(name.length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
        }
      }),
    );
  });
});
