import type { VersionedEntry } from './configuration-document';
import { orderVersions } from './order-versions';

/** A workflow whose versions call the named ones, each as `name` or `name version`. */
function workflow(name: string, ...calls: readonly string[]): VersionedEntry {
  const versions = calls.map((call, index) => {
    const [called = '', version = null] = call.split(' ');
    const uses = { workflow_definition: called, version };
    return { version: `1.${index}.0`, document: { steps: [{ id: 'a', uses }] } };
  });
  return { name, mcpType: null, lasting: {}, versions, latest: null };
}

function namesOf(entries: readonly VersionedEntry[]) {
  const { ordered, circular } = orderVersions('workflow_definitions', entries);
  const nameOf = ({ entry, version }: (typeof ordered)[number]) =>
    `${entries[entry]?.name} ${entries[entry]?.versions[version]?.version}`;
  return { ordered: ordered.map(nameOf), circular: circular.map(nameOf) };
}

it('puts a version after the one before it, and after what it names', () => {
  const entries = [workflow('a', 'b', 'b 1.1.0'), workflow('b', 'none here', 'none here')];
  expect(namesOf(entries)).toEqual({
    ordered: ['b 1.0.0', 'a 1.0.0', 'b 1.1.0', 'a 1.1.0'],
    circular: [],
  });
});

it('tells which wait for each other in a circle', () => {
  const entries = [workflow('a', 'b'), workflow('b', 'a'), workflow('c', 'none here')];
  expect(namesOf(entries)).toEqual({ ordered: ['c 1.0.0'], circular: ['a 1.0.0', 'b 1.0.0'] });
});

it('follows a chain of very many', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `w${index}`);
  const entries = names.map((name, index) => workflow(name, `w${index + 1}`));
  expect(namesOf(entries).ordered).toEqual(names.toReversed().map((name) => `${name} 1.0.0`));
});
