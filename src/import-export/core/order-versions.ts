import type { VersionedEntry, VersionedSection } from './configuration-document';
import { namedReferences } from './references';

/** One version of a list of entries, by its places. */
export interface VersionPlace {
  readonly entry: number;
  readonly version: number;
}

/** The versions in an order in which they can be added, and those that wait for each other in a circle. */
export interface VersionOrder {
  readonly ordered: readonly VersionPlace[];
  readonly circular: readonly VersionPlace[];
}

/**
 * Puts the versions of a section's entries into an order in which each comes after the version before it, and after
 * what it refers to in the same section: a version that it names, or the first one of what it names without a version.
 */
export function orderVersions(section: VersionedSection, entries: readonly VersionedEntry[]): VersionOrder {
  const entryOf = new Map(entries.map(({ name }, entry) => [name, entry]));
  const versionsOf = entries.map(
    ({ versions }) => new Map(versions.map(({ version }, index) => [version, index])),
  );
  const needsOf = ({ entry, version }: VersionPlace): VersionPlace[] => {
    const before = version === 0 ? [] : [{ entry, version: version - 1 }];
    const document = entries[entry]?.versions[version]?.document ?? {};
    const named = namedReferences(section, document).flatMap((reference): VersionPlace[] => {
      const other = reference.section === section ? entryOf.get(reference.name) : undefined;
      if (other === undefined) return [];
      const wanted = reference.version === null ? 0 : versionsOf[other]?.get(reference.version);
      return wanted === undefined ? [] : [{ entry: other, version: wanted }];
    });
    return [...before, ...named];
  };
  const all = entries.flatMap(({ versions }, entry) =>
    versions.map((_version, version): VersionPlace => ({ entry, version })),
  );

  // Kahn's algorithm: whoever waits for nothing any more comes next. In rounds over all that wait, a long chain would take
  // as many rounds as it has links.
  const waiters = new Map<string, VersionPlace[]>();
  const waitsFor = new Map<string, number>();
  for (const place of all) {
    const needs = needsOf(place);
    waitsFor.set(keyOf(place), needs.length);
    for (const need of needs) {
      const others = waiters.get(keyOf(need));
      if (others === undefined) waiters.set(keyOf(need), [place]);
      else others.push(place);
    }
  }
  const waits = (place: VersionPlace): boolean => waitsFor.get(keyOf(place)) !== 0;
  const ordered = all.filter((place) => !waits(place));
  // It grows on the way.
  for (const done of ordered) {
    for (const place of waiters.get(keyOf(done)) ?? []) {
      waitsFor.set(keyOf(place), (waitsFor.get(keyOf(place)) ?? 0) - 1);
      if (!waits(place)) ordered.push(place);
    }
  }
  return { ordered, circular: all.filter(waits) };
}

function keyOf({ entry, version }: VersionPlace): string {
  return `${entry}.${version}`;
}
