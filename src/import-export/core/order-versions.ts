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
  const places = new Map(entries.map(({ name }, place) => [name, place]));
  const key = ({ entry, version }: VersionPlace): string => `${entry}.${version}`;
  const all = entries.flatMap(({ versions }, entry) =>
    versions.map((_version, version): VersionPlace => ({ entry, version })),
  );

  const needs = new Map(
    all.map((place): [string, VersionPlace[]] => {
      const { versions } = entries[place.entry] ?? { versions: [] };
      const document = versions[place.version]?.document ?? {};
      const before = place.version === 0 ? [] : [{ entry: place.entry, version: place.version - 1 }];
      const named = namedReferences(section, document).flatMap((reference): VersionPlace[] => {
        const entry = reference.section === section ? places.get(reference.name) : undefined;
        if (entry === undefined) return [];
        const version =
          reference.version === null
            ? 0
            : (entries[entry]?.versions.findIndex((each) => each.version === reference.version) ?? -1);
        return version === -1 ? [] : [{ entry, version }];
      });
      return [key(place), [...before, ...named]];
    }),
  );

  // In rounds: each takes whatever waits for nothing any more, in the order of the document.
  const done = new Set<string>();
  const ordered: VersionPlace[] = [];
  let waiting = all;
  for (let taken = -1; taken !== 0;) {
    taken = 0;
    const still: VersionPlace[] = [];
    for (const place of waiting) {
      if (needs.get(key(place))?.every((need) => done.has(key(need))) === true) {
        done.add(key(place));
        ordered.push(place);
        taken += 1;
      } else {
        still.push(place);
      }
    }
    waiting = still;
  }
  return { ordered, circular: waiting };
}
