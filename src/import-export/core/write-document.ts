import type { JsonObject } from '../../engine/core/json';
import {
  type Configuration,
  DOCUMENT_FORMAT,
  DOCUMENT_FORMAT_VERSION,
  type SettingsEntry,
  type VersionedEntry,
} from './configuration-document';

/** A configuration as the one document that `readDocument` reads. */
export function writeDocument({ secrets, settings, versioned }: Configuration): JsonObject {
  return {
    format: DOCUMENT_FORMAT,
    format_version: DOCUMENT_FORMAT_VERSION,
    secrets: secrets.map(({ name, description }) => ({ name, description })),
    external_db_configs: settings.external_db_configs.map(writeSettings),
    mcp_definitions: versioned.mcp_definitions.map((entry) => writeVersioned(entry, (document) => document)),
    workflow_definitions: versioned.workflow_definitions.map((entry) =>
      writeVersioned(entry, (spec) => ({ spec })),
    ),
    toolsets: settings.toolsets.map(writeSettings),
    schedules: settings.schedules.map(writeSettings),
    webhooks: settings.webhooks.map(writeSettings),
  };
}

function writeSettings({ name, settings }: SettingsEntry): JsonObject {
  return { name, ...settings };
}

function writeVersioned(
  { name, mcpType, lasting, versions, latest }: VersionedEntry,
  fieldsOf: (document: JsonObject) => JsonObject,
): JsonObject {
  return {
    name,
    ...(mcpType !== null && { mcp_type: mcpType }),
    ...lasting,
    latest_version: latest,
    versions: versions.map(({ version, document }) => ({ version, ...fieldsOf(document) })),
  };
}
