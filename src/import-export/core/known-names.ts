import type { Configuration, VersionedEntry } from './configuration-document';
import type { NamedReference, TargetSection } from './references';

/** What can be referred to: what is here, and what the part of a document adds that was planned before. */
export class KnownNames {
  private readonly names = new Map<TargetSection, Map<string, Set<string>>>();

  constructor({ settings, versioned }: Configuration) {
    for (const { name } of settings.external_db_configs) this.add('external_db_configs', name, []);
    for (const section of ['mcp_definitions', 'workflow_definitions'] as const) {
      for (const entry of versioned[section]) this.add(section, entry.name, versionsOf(entry));
    }
  }

  /** @param versions those that are added to the known ones; settings have none */
  add(section: TargetSection, name: string, versions: readonly string[]): void {
    const ofSection = this.names.get(section) ?? new Map<string, Set<string>>();
    const known = ofSection.get(name) ?? new Set();
    for (const version of versions) known.add(version);
    this.names.set(section, ofSection.set(name, known));
  }

  /** What is wrong with a reference; null when it leads somewhere. */
  faultOf({ section, name, version }: NamedReference): string | null {
    const versions = this.names.get(section)?.get(name);
    if (versions === undefined) return `"${name}" is neither in ${section} of the document nor here`;
    if (version === null || versions.has(version)) return null;
    return `"${name}" has no version ${version}, neither in the document nor here`;
  }
}

function versionsOf({ versions }: VersionedEntry): string[] {
  return versions.flatMap(({ version }) => version ?? []);
}
