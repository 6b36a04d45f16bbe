import { diffDocuments } from '../../common/versioning/document-diff';
import type { Issue } from '../../engine/core/issue';
import type { JsonObject } from '../../engine/core/json';
import type { SettingsEntry, SettingsSection } from './configuration-document';
import type { ImportChange, ImportOperation, PlanInput, PlannedPart } from './import-plan';
import type { KnownNames } from './known-names';
import { namedReferences, strayIds, withIds } from './references';

/** Stands for the id of what is not there yet, where only the form is judged. */
export const SOME_ID = '00000000-0000-7000-8000-000000000000';

/** Plans what has no versions: created where its name is new, replaced where it differs in what the document says. */
export function planSettings(
  section: SettingsSection,
  { here, wanted, checks }: PlanInput,
  known: KnownNames,
): PlannedPart {
  const byName = new Map(here.settings[section].map((entry) => [entry.name, entry]));
  const changes: ImportChange[] = [];
  const operations: ImportOperation[] = [];
  for (const [index, entry] of wanted.settings[section].entries()) {
    const path = `${section}[${index}]`;
    const { name, settings } = entry;
    if (section === 'external_db_configs') known.add(section, name, []);
    const current = byName.get(name);
    const differences =
      current === undefined ? [] : diffDocuments(sameFields(current.settings, settings), settings);
    const isUnchanged = current !== undefined && differences.length === 0;
    const rules = SECTION_RULES[section](current, entry);
    const issues = isUnchanged
      ? []
      : [
          ...referenceIssues(section, settings, known),
          ...rules.issues,
          ...checks.settings(
            section,
            name,
            withIds(section, settings, () => SOME_ID),
          ),
        ].map((issue) => below(path, issue));
    const isLeft = !isUnchanged && issues.length === 0 && rules.isLeft;
    const doneAs = current === undefined ? 'create' : 'update';
    changes.push({
      section,
      name,
      path,
      action: isUnchanged ? 'unchanged' : issues.length > 0 ? 'conflict' : isLeft ? 'skip' : doneAs,
      differences,
      newVersions: [],
      issues,
      notes: isUnchanged ? [] : rules.notes,
    });
    if (isUnchanged || isLeft) continue;
    operations.push({ kind: `${doneAs}_settings`, section, name, path, settings });
  }
  return { changes, operations };
}

/** References that lead nowhere, by name or by id; paths are those of what refers. */
export function referenceIssues(
  section: Parameters<typeof namedReferences>[0],
  value: JsonObject,
  known: KnownNames,
): Issue[] {
  return [
    ...namedReferences(section, value).flatMap((reference) => {
      const message = known.faultOf(reference);
      return message === null ? [] : [{ path: reference.path, message }];
    }),
    ...strayIds(section, value).map((path) => ({ path, message: 'is the id of nothing that is here' })),
  ];
}

/** An issue of a part, with its path in the whole document. */
export function below(path: string, issue: Issue): Issue {
  if (issue.path === '') return { ...issue, path };
  return { ...issue, path: issue.path.startsWith('[') ? `${path}${issue.path}` : `${path}.${issue.path}` };
}

interface SectionRules {
  readonly issues: readonly Issue[];
  readonly notes: readonly string[];
  /** Whether it is left to whoever imports. */
  readonly isLeft: boolean;
}

const NO_RULES: SectionRules = { issues: [], notes: [], isLeft: false };

/** What a document cannot bring along, and so cannot do. */
const SECTION_RULES: Readonly<
  Record<SettingsSection, (current: SettingsEntry | undefined, wanted: SettingsEntry) => SectionRules>
> = {
  external_db_configs: (current, { settings }) => {
    if (current === undefined) {
      const notes = settings.db_type === 'sqlite' ? [] : ['It has no password yet: set it by PUT'];
      return { ...NO_RULES, notes };
    }
    const changed = diffDocuments(sameFields(current.settings, settings), settings);
    const issues = changed.flatMap(({ path }) => {
      const [field = ''] = path.split(/[.[]/, 1);
      if (field === 'db_type') return [{ path: field, message: 'cannot be changed' }];
      // Whoever may import must not have a stored password sent elsewhere.
      const isElsewhere = ['host', 'port', 'ssl'].includes(field);
      return isElsewhere
        ? [{ path: field, message: 'must be changed by PUT, together with the password' }]
        : [];
    });
    return { ...NO_RULES, issues };
  },
  toolsets: () => NO_RULES,
  schedules: () => NO_RULES,
  webhooks: (current, { settings }) => {
    const isSigned = (value: JsonObject | undefined): boolean =>
      value?.signature !== undefined && value.signature !== null;
    if (isSigned(settings) && !isSigned(current?.settings)) {
      const notes = ['Its signing secret is in no document: make it, or sign it, by the REST API'];
      return { issues: [], notes, isLeft: true };
    }
    const notes = current === undefined ? ['Rotate its token to be told its address'] : [];
    return { ...NO_RULES, notes };
  },
};

/** What is here of the fields that a document gives: the others stay as they are. */
export function sameFields(current: JsonObject, wanted: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(current).filter(([field]) => Object.hasOwn(wanted, field)));
}
