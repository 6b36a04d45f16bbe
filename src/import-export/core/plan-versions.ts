import { isDeepStrictEqual } from 'node:util';

import { type DocumentChange, diffDocuments } from '../../common/versioning/document-diff';
import { FIRST_VERSION, isGreaterVersion, nextVersion } from '../../common/versioning/semantic-version';
import { secretReferences } from '../../components/secrets/secret-references';
import type { Issue } from '../../engine/core/issue';
import type { JsonObject } from '../../engine/core/json';
import type { VersionedEntry, VersionedSection, VersionEntry } from './configuration-document';
import type { ImportChange, ImportChecks, ImportOperation, PlanInput, PlannedPart } from './import-plan';
import type { KnownNames } from './known-names';
import { orderVersions } from './order-versions';
import { below, referenceIssues, sameFields, SOME_ID } from './plan-settings';
import { withIds } from './references';

/** The lists of a spec whose items have ids. */
const KEYED_LISTS = { steps: 'id', on_failure: 'id' };

/** What all versions of a section are judged by. */
interface Surroundings {
  readonly section: VersionedSection;
  readonly checks: ImportChecks;
  readonly known: KnownNames;
  /** Whether there is no secret of that name. */
  readonly tellMissing: (secret: string) => boolean;
}

/** What has been found out about one entry so far. */
interface Draft {
  readonly entry: VersionedEntry;
  readonly path: string;
  readonly current: VersionedEntry | undefined;
  /** Of the versions here and those that are added. */
  greatest: string | null;
  readonly added: VersionEntry[];
  readonly issues: Issue[];
  readonly notes: string[];
}

/**
 * Plans what has versions. Those that are here are compared, others added in their order; an older one that cannot be
 * stored any more (what it used is gone) is left out with a note, since nothing new would use it.
 *
 * @param tellMissing whether there is no secret of that name
 */
export function planVersions(
  section: VersionedSection,
  { here, wanted, checks, conflicts }: PlanInput,
  known: KnownNames,
  tellMissing: (secret: string) => boolean,
): PlannedPart {
  const byName = new Map(here.versioned[section].map((entry) => [entry.name, entry]));
  const entries = wanted.versioned[section].map((entry) =>
    conflicts === 'new_version' && clashes(entry, byName.get(entry.name)) ? latestOnly(entry) : entry,
  );
  const drafts = entries.map((entry, index): Draft => {
    const current = byName.get(entry.name);
    const greatest = current?.versions.at(-1)?.version ?? null;
    const path = entry.source ?? `${section}[${index}]`;
    const notes = [...(entry.notes ?? [])];
    const draft: Draft = { entry, path, current, greatest, added: [], issues: [], notes };
    if (current !== undefined && current.mcpType !== entry.mcpType) {
      const message = `is ${current.mcpType ?? ''} here, and cannot be changed`;
      draft.issues.push({ path: `${path}.mcp_type`, message });
    }
    return draft;
  });

  const operations: ImportOperation[] = [];
  const { ordered, circular } = orderVersions(section, entries);
  for (const place of ordered) {
    const draft = drafts[place.entry];
    const version = draft?.entry.versions[place.version];
    if (draft === undefined || version === undefined) continue;
    const path = draft.entry.source ?? `${draft.path}.versions[${place.version}]`;
    const added = consider(draft, version, path, { section, checks, known, tellMissing });
    if (added !== null) operations.push(added);
  }
  for (const { entry, version } of circular) {
    const message = 'calls itself, through others that call it';
    drafts[entry]?.issues.push({ path: `${section}[${entry}].versions[${version}]`, message });
  }
  const changes = drafts.map((draft) => {
    const { change, operations: lasting } = conclude(section, draft, checks);
    operations.push(...lasting);
    return change;
  });
  return { changes, operations };
}

/** Decides about one version; gives what adds it. */
function consider(
  draft: Draft,
  { version, document }: VersionEntry,
  path: string,
  { section, checks, known, tellMissing }: Surroundings,
): ImportOperation | null {
  const { entry, current } = draft;
  const same = documentOf(current, version ?? current?.latest ?? null);
  if (same !== undefined && isDeepStrictEqual(same, document)) return null;
  if (same !== undefined && version !== null) {
    draft.issues.push(clashIssue(version, path, diff(same, document)));
    return null;
  }
  const missing = missingSecrets(section, document, tellMissing).map((issue) => below(path, issue));
  const faults = [
    ...referenceIssues(section, document, known),
    ...checks.version(
      section,
      entry.mcpType,
      withIds(section, document, () => SOME_ID),
    ),
  ].map((issue) => below(section === 'workflow_definitions' ? `${path}.spec` : path, issue));
  const [fault] = faults;
  if (fault !== undefined && missing.length === 0 && version !== null && version !== entry.latest) {
    draft.notes.push(`Version ${version} is left out: ${fault.path}: ${fault.message}`);
    return null;
  }
  draft.issues.push(...missing, ...faults);
  const { greatest } = draft;
  const number = version ?? (greatest === null ? FIRST_VERSION : nextVersion(greatest));
  if (greatest !== null && !isGreaterVersion(number, greatest)) {
    const message = `comes before ${greatest}, which is here: versions can only be added at the end`;
    draft.issues.push({ path: `${path}.version`, message });
    return null;
  }
  draft.greatest = number;
  draft.added.push({ version: number, document });
  known.add(section, entry.name, [number]);
  const what = { section, name: entry.name, path, version: number, document };
  if (greatest !== null) return { kind: 'add_version', ...what };
  return { kind: 'create_definition', ...what, mcpType: entry.mcpType, lasting: entry.lasting };
}

/** What becomes of an entry once all its versions were considered. */
function conclude(
  section: VersionedSection,
  { entry, path, current, added, issues, notes }: Draft,
  checks: ImportChecks,
): { readonly change: ImportChange; readonly operations: readonly ImportOperation[] } {
  const { name, lasting, latest } = entry;
  const changed = current === undefined ? [] : diff(sameFields(current.lasting, lasting), lasting);
  const latestAfter = added.at(-1)?.version ?? current?.latest ?? null;
  const movesLatest = latest !== null && latest !== latestAfter;
  const all = [...issues];
  if (current === undefined || changed.length > 0) {
    all.push(...checks.lasting(section, name, entry.mcpType, lasting).map((issue) => below(path, issue)));
  }
  const isUnchanged = current !== undefined && added.length === 0 && changed.length === 0 && !movesLatest;
  const operations: ImportOperation[] = [];
  if (changed.length > 0) operations.push({ kind: 'update_definition', section, name, path, lasting });
  if (movesLatest) operations.push({ kind: 'make_latest', section, name, path, version: latest });
  return {
    change: {
      section,
      name,
      path,
      action:
        all.length > 0 ? 'conflict' : isUnchanged ? 'unchanged' : current === undefined ? 'create' : 'update',
      differences:
        current === undefined || isUnchanged ? [] : wholeDiff(current, entry, changed, latestAfter),
      newVersions: added.flatMap(({ version }) => version ?? []),
      issues: all,
      notes,
    },
    operations,
  };
}

/** What the latest says now against what it will say, and which it is. */
function wholeDiff(
  current: VersionedEntry,
  wanted: VersionedEntry,
  lasting: readonly DocumentChange[],
  latestAfter: string | null,
): DocumentChange[] {
  const before = documentOf(current, current.latest);
  const after = wanted.latest === null ? wanted.versions.at(-1)?.document : documentOf(wanted, wanted.latest);
  const versions = diff({ latest_version: current.latest }, { latest_version: wanted.latest ?? latestAfter });
  return [...lasting, ...versions, ...diff(before ?? {}, after ?? before ?? {})];
}

function documentOf(entry: VersionedEntry | undefined, version: string | null): JsonObject | undefined {
  return entry?.versions.find((each) => each.version === version)?.document;
}

function diff(before: JsonObject, after: JsonObject): DocumentChange[] {
  return diffDocuments(before, after, KEYED_LISTS);
}

function clashIssue(version: string, path: string, differences: readonly DocumentChange[]): Issue {
  const where = differences
    .map((difference) => difference.path)
    .slice(0, 3)
    .join(', ');
  const message = `says something else than version ${version} here, at ${where}: versions never change`;
  return { path, message };
}

/** Whether a version of the entry cannot be brought beside those here. */
function clashes(entry: VersionedEntry, current: VersionedEntry | undefined): boolean {
  const greatest = current?.versions.at(-1)?.version ?? null;
  if (current === undefined || greatest === null) return false;
  return entry.versions.some(({ version, document }) => {
    if (version === null) return false;
    const same = documentOf(current, version);
    return same === undefined ? !isGreaterVersion(version, greatest) : !isDeepStrictEqual(same, document);
  });
}

/** The entry as if it had one version only, whose number is found here. */
function latestOnly(entry: VersionedEntry): VersionedEntry {
  const document = documentOf(entry, entry.latest) ?? {};
  return { ...entry, versions: [{ version: null, document }], latest: null };
}

function missingSecrets(
  section: VersionedSection,
  document: JsonObject,
  tellMissing: (secret: string) => boolean,
): Issue[] {
  if (section !== 'mcp_definitions') return [];
  return secretReferences({ config: document.config ?? {} })
    .filter(({ name }) => tellMissing(name))
    .map(({ name, path }) => ({
      path,
      message: `refers to the secret "${name}", which is not here: create it first`,
    }));
}
