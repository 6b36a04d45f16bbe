import type { JsonObject } from '../../engine/core/json';

/** What a document calls itself, so that no other file is taken for one. */
export const DOCUMENT_FORMAT = 'mcp-backend/configuration';
/** Grows when a document of before could no longer be read. */
export const DOCUMENT_FORMAT_VERSION = 1;

/** Parts of a configuration whose things have versions, in the order in which they are imported. */
export const VERSIONED_SECTIONS = ['mcp_definitions', 'workflow_definitions'] as const;
export type VersionedSection = (typeof VERSIONED_SECTIONS)[number];

/** Parts whose things are settings, replaced when they change. */
export const SETTINGS_SECTIONS = ['external_db_configs', 'toolsets', 'schedules', 'webhooks'] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

/** Every part, in the order in which they refer to each other: what is referred to comes first. */
export const SECTIONS = [
  'secrets',
  'external_db_configs',
  'mcp_definitions',
  'workflow_definitions',
  'toolsets',
  'schedules',
  'webhooks',
] as const satisfies readonly (VersionedSection | SettingsSection | 'secrets')[];
export type Section = (typeof SECTIONS)[number];

/** A secret without its value. */
export interface SecretEntry {
  readonly name: string;
  readonly description: string;
}

/** What a REST request would create, without its name; it refers to others by their names. */
export interface SettingsEntry {
  readonly name: string;
  readonly settings: JsonObject;
}

/** One version, by the names of the wire; it refers to others by their names. */
export interface VersionEntry {
  /** Null: whatever comes next, where the latest says something else. */
  readonly version: string | null;
  /** Of a component: `config`, `input_schema`, `output_schema`. Of a workflow: its spec. */
  readonly document: JsonObject;
}

/** A component or a workflow with its versions. */
export interface VersionedEntry {
  readonly name: string;
  /** Null for a workflow. */
  readonly mcpType: string | null;
  /** `description`, `labels` and `expose_as_tool`; what is left out stays as it is. */
  readonly lasting: JsonObject;
  /** The lowest first; at least one. */
  readonly versions: readonly VersionEntry[];
  /** Which of them steps get that name none; null leaves that as it is, or is the one that is added. */
  readonly latest: string | null;
  /** Of an entry that another file was read into: where it stood there. */
  readonly source?: string;
  /** What whoever imports should know of how it was read. */
  readonly notes?: readonly string[];
}

/**
 * Everything that is configured, without ids and secrets: the same on every installation. An export is one, an import
 * reads one, and what is here already is read as one to compare.
 */
export interface Configuration {
  readonly secrets: readonly SecretEntry[];
  readonly settings: Readonly<Record<SettingsSection, readonly SettingsEntry[]>>;
  readonly versioned: Readonly<Record<VersionedSection, readonly VersionedEntry[]>>;
}

export const EMPTY_CONFIGURATION: Configuration = {
  secrets: [],
  settings: { external_db_configs: [], toolsets: [], schedules: [], webhooks: [] },
  versioned: { mcp_definitions: [], workflow_definitions: [] },
};
