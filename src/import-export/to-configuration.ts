import type { JsonObject } from '../engine/core/json';
import { writeMember } from '../toolsets/toolset-members';
import type { DefinitionRow, StoredConfiguration, VersionRow } from './configuration.repository';
import type {
  Configuration,
  SettingsEntry,
  SettingsSection,
  VersionedEntry,
  VersionedSection,
} from './core/configuration-document';
import { type TargetSection, withNames } from './core/references';

/** What is configured here, and the ids of what it names. */
export interface CurrentConfiguration {
  readonly configuration: Configuration;
  readonly ids: Readonly<Record<VersionedSection | SettingsSection, ReadonlyMap<string, string>>>;
}

/** Writes what is stored without ids: references become names, save those to what was deleted. */
export function toConfiguration(stored: StoredConfiguration): CurrentConfiguration {
  const nameOf = namesOf(stored);
  const settings = (
    section: SettingsSection,
    rows: readonly { readonly id: string; readonly name: string; readonly settings: JsonObject }[],
  ): SettingsEntry[] =>
    rows.map(({ name, settings: own }) => ({ name, settings: withNames(section, own, nameOf) }));
  const plain = ({ id, name, ...own }: JsonObject & { readonly id: string; readonly name: string }) => ({
    id,
    name,
    settings: own,
  });
  const versioned = (
    section: VersionedSection,
    definitions: readonly DefinitionRow[],
    versions: readonly VersionRow[],
  ): VersionedEntry[] => {
    const byDefinition = Map.groupBy(versions, ({ definitionId }) => definitionId);
    return definitions.map((definition) => ({
      name: definition.name,
      mcpType: definition.mcpType ?? null,
      lasting: lastingOf(definition),
      versions: (byDefinition.get(definition.id) ?? []).map(({ version, document }) => ({
        version,
        document: withNames(section, document, nameOf),
      })),
      latest: definition.latestVersion,
    }));
  };
  return {
    configuration: {
      secrets: stored.secrets,
      settings: {
        external_db_configs: settings(
          'external_db_configs',
          stored.externalDbConfigs.map((row) => plain(row)).map(withoutNulls),
        ),
        toolsets: settings(
          'toolsets',
          stored.toolsets.map(({ id, name, description, mode, members, allow, deny }) => ({
            id,
            name,
            settings: {
              description,
              mode,
              members: members?.map(writeMember) ?? null,
              allow: [...allow],
              deny: [...deny],
            },
          })),
        ),
        schedules: settings('schedules', stored.schedules.map(plain)),
        webhooks: settings('webhooks', stored.webhooks.map(plain)),
      },
      versioned: {
        mcp_definitions: versioned('mcp_definitions', stored.components, stored.componentVersions),
        workflow_definitions: versioned('workflow_definitions', stored.workflows, stored.workflowVersions),
      },
    },
    ids: {
      external_db_configs: idsOf(stored.externalDbConfigs),
      mcp_definitions: idsOf(stored.components),
      workflow_definitions: idsOf(stored.workflows),
      toolsets: idsOf(stored.toolsets),
      schedules: idsOf(stored.schedules),
      webhooks: idsOf(stored.webhooks),
    },
  };
}

type Named = readonly { readonly id: string; readonly name: string }[];

/** Finds the name of an id, by what the id is of. */
export function namesOf(stored: Pick<StoredConfiguration, 'externalDbConfigs' | 'components' | 'workflows'>) {
  const names = (rows: Named): ReadonlyMap<string, string> => new Map(rows.map(({ id, name }) => [id, name]));
  const bySection: Readonly<Record<TargetSection, ReadonlyMap<string, string>>> = {
    external_db_configs: names(stored.externalDbConfigs),
    mcp_definitions: names(stored.components),
    workflow_definitions: names(stored.workflows),
  };
  return (section: TargetSection, id: string): string | null => bySection[section].get(id) ?? null;
}

function idsOf(rows: Named): Map<string, string> {
  return new Map(rows.map(({ id, name }) => [name, id]));
}

function lastingOf({ description, labels, exposeAsTool }: DefinitionRow): JsonObject {
  return { description, labels, ...(exposeAsTool !== undefined && { expose_as_tool: exposeAsTool }) };
}

/** What a kind of database has not is left out of requests, not null in them. */
function withoutNulls<Entry extends { readonly settings: JsonObject }>(entry: Entry): Entry {
  const settings = Object.fromEntries(Object.entries(entry.settings).filter(([, value]) => value !== null));
  return { ...entry, settings };
}
