import { isGreaterVersion } from '../../common/versioning/semantic-version';
import type { Issue } from '../../engine/core/issue';
import type { JsonObject } from '../../engine/core/json';
import { compileSchema } from '../../engine/core/json-schema';
import { fail, ok, type Result } from '../../engine/core/result';
import {
  type Configuration,
  SECTIONS,
  SETTINGS_SECTIONS,
  type SettingsEntry,
  type VersionedEntry,
  type VersionEntry,
} from './configuration-document';
import { CONFIGURATION_SCHEMA } from './document.schema';

const compiled = compileSchema(CONFIGURATION_SCHEMA);
if (!compiled.ok) throw new Error('The schema of a configuration is one');
const checkSchema = compiled.value;

/** Reads a document; what is wrong with its form is told with its paths. */
export function readDocument(document: JsonObject): Result<Configuration, Issue[]> {
  const issues = checkSchema(document);
  if (issues.length > 0) return fail(issues);
  const repeated = SECTIONS.flatMap((section) => repeatedNames(section, entriesOf(document, section)));
  if (repeated.length > 0) return fail(repeated);
  const misplaced = [
    ...entriesOf(document, 'mcp_definitions').flatMap(versionIssues('mcp_definitions')),
    ...entriesOf(document, 'workflow_definitions').flatMap(versionIssues('workflow_definitions')),
  ];
  if (misplaced.length > 0) return fail(misplaced);
  return ok({
    secrets: entriesOf(document, 'secrets').map(({ name, description = '' }) => ({
      name: name as string,
      description: description as string,
    })),
    settings: Object.fromEntries(
      SETTINGS_SECTIONS.map((section) => [section, entriesOf(document, section).map(readSettings)]),
    ) as unknown as Configuration['settings'],
    versioned: {
      mcp_definitions: entriesOf(document, 'mcp_definitions').map(readComponent),
      workflow_definitions: entriesOf(document, 'workflow_definitions').map(readWorkflow),
    },
  });
}

function entriesOf(document: JsonObject, section: string): JsonObject[] {
  return (document[section] as JsonObject[] | undefined) ?? [];
}

function repeatedNames(section: string, entries: readonly JsonObject[]): Issue[] {
  const seen = new Map<unknown, number>();
  return entries.flatMap(({ name }, index) => {
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, index);
      return [];
    }
    return [{ path: `${section}[${index}].name`, message: `is that of ${section}[${first}], too` }];
  });
}

/** Versions come in their order, each once, and the latest is among them. */
function versionIssues(section: string) {
  return (entry: JsonObject, index: number): Issue[] => {
    const numbers = numbersOf(entry);
    const at = `${section}[${index}]`;
    const issues = numbers.flatMap((number, place): Issue[] => {
      const before = numbers[place - 1];
      if (before === undefined || isGreaterVersion(number, before)) return [];
      return [
        { path: `${at}.versions[${place}].version`, message: `must be greater than ${before}, before it` },
      ];
    });
    const { latest_version: latest } = entry;
    if (latest === undefined || numbers.includes(latest as string)) return issues;
    return [...issues, { path: `${at}.latest_version`, message: 'must be one of the versions' }];
  };
}

function numbersOf(entry: JsonObject): string[] {
  return (entry.versions as JsonObject[]).map(({ version }) => version as string);
}

function readSettings({ name, ...settings }: JsonObject): SettingsEntry {
  return { name: name as string, settings };
}

function readComponent(entry: JsonObject): VersionedEntry {
  return readVersioned(entry, ({ config = {}, input_schema = null, output_schema = null }) => ({
    config,
    input_schema,
    output_schema,
  }));
}

function readWorkflow(entry: JsonObject): VersionedEntry {
  return readVersioned(entry, ({ spec }) => spec as JsonObject);
}

function readVersioned(
  { name, mcp_type: mcpType = null, latest_version: latest, versions, ...lasting }: JsonObject,
  documentOf: (version: JsonObject) => JsonObject,
): VersionedEntry {
  const read = (versions as JsonObject[]).map((version): VersionEntry => ({
    version: version.version as string,
    document: documentOf(version),
  }));
  return {
    name: name as string,
    mcpType: mcpType as string | null,
    lasting,
    versions: read,
    latest: (latest as string | undefined) ?? read.at(-1)?.version ?? null,
  };
}
