import { isJsonObject, type JsonObject, type JsonValue } from '../../engine/core/json';
import type { SettingsSection, VersionedSection } from './configuration-document';

/** What others refer to: the field that holds its id, without `_id`, and where it stands in a document. */
const TARGETS = {
  mcp_definition: 'mcp_definitions',
  workflow_definition: 'workflow_definitions',
  external_db_config: 'external_db_configs',
} as const satisfies Record<string, VersionedSection | SettingsSection>;
type ReferenceField = keyof typeof TARGETS;
export type TargetSection = (typeof TARGETS)[ReferenceField];

/** A reference by name, and where it stands in what refers. */
export interface NamedReference {
  readonly section: TargetSection;
  readonly name: string;
  /** Null: the latest. */
  readonly version: string | null;
  readonly path: string;
}

/** Replaces an object that may hold references of these fields. */
type Rewrite = (holder: JsonObject, fields: readonly ReferenceField[], path: string) => JsonObject;

/**
 * Walks over what can refer to other things: a component's document, a workflow's spec, settings. The one place that
 * knows where references stand.
 */
function rewriteHolders(section: VersionedSection | SettingsSection, value: JsonObject, rewrite: Rewrite) {
  switch (section) {
    case 'mcp_definitions':
      return rewriteMember(value, 'config', '', (config, path) => rewriteConfig(config, path, rewrite));
    case 'workflow_definitions':
      return ['steps', 'on_failure'].reduce(
        (spec, list) =>
          rewriteList(spec, list, '', (step, path) =>
            rewriteMember(step, 'uses', `${path}.`, (uses, at) =>
              rewrite(uses, ['mcp_definition', 'workflow_definition'], at),
            ),
          ),
        value,
      );
    case 'toolsets':
      return rewriteList(value, 'members', '', (member, path) =>
        rewrite(member, ['mcp_definition', 'workflow_definition'], path),
      );
    case 'schedules':
    case 'webhooks':
      return rewrite(value, ['workflow_definition'], '');
    case 'external_db_configs':
      return value;
  }
}

function rewriteConfig(config: JsonObject, path: string, rewrite: Rewrite): JsonObject {
  if (config.type === 'sql_query') return rewrite(config, ['external_db_config'], path);
  if (config.type !== 'llm_prompt') return config;
  return rewriteList(config, 'tools', `${path}.`, (tool, at) => rewrite(tool, ['mcp_definition'], at));
}

function rewriteMember(
  value: JsonObject,
  key: string,
  prefix: string,
  rewrite: (member: JsonObject, path: string) => JsonObject,
): JsonObject {
  const member = value[key];
  return isJsonObject(member) ? { ...value, [key]: rewrite(member, `${prefix}${key}`) } : value;
}

function rewriteList(
  value: JsonObject,
  key: string,
  prefix: string,
  rewrite: (item: JsonObject, path: string) => JsonObject,
): JsonObject {
  const list = value[key];
  if (!Array.isArray(list)) return value;
  const items = list.map((item, index): JsonValue =>
    isJsonObject(item) ? rewrite(item, `${prefix}${key}[${index}]`) : item,
  );
  return { ...value, [key]: items };
}

/** Renames one key, which stays where it stands, and gives it another value. */
function replaceKey(holder: JsonObject, from: string, to: string, value: string): JsonObject {
  return Object.fromEntries(
    Object.entries(holder).map(([key, member]) => (key === from ? [to, value] : [key, member])),
  );
}

/**
 * The same with names for ids, as far as the ids are known: those of what is deleted stay.
 * @param nameOf null for an unknown id
 */
export function withNames(
  section: VersionedSection | SettingsSection,
  value: JsonObject,
  nameOf: (section: TargetSection, id: string) => string | null,
): JsonObject {
  return rewriteHolders(section, value, (holder, fields) =>
    fields.reduce((rewritten, field) => {
      const id = rewritten[`${field}_id`];
      const name = typeof id === 'string' ? nameOf(TARGETS[field], id.toLowerCase()) : null;
      return name === null ? rewritten : replaceKey(rewritten, `${field}_id`, field, name);
    }, holder),
  );
}

/** The same with ids for names. */
export function withIds(
  section: VersionedSection | SettingsSection,
  value: JsonObject,
  idOf: (section: TargetSection, name: string) => string,
): JsonObject {
  return rewriteHolders(section, value, (holder, fields) =>
    fields.reduce((rewritten, field) => {
      const name = rewritten[field];
      return typeof name === 'string'
        ? replaceKey(rewritten, field, `${field}_id`, idOf(TARGETS[field], name))
        : rewritten;
    }, holder),
  );
}

/** The references by name, in their order. */
export function namedReferences(
  section: VersionedSection | SettingsSection,
  value: JsonObject,
): NamedReference[] {
  const references: NamedReference[] = [];
  rewriteHolders(section, value, (holder, fields, path) => {
    for (const field of fields) {
      const { [field]: name, version } = holder;
      if (typeof name !== 'string') continue;
      references.push({
        section: TARGETS[field],
        name,
        version: typeof version === 'string' ? version : null,
        path: path === '' ? field : `${path}.${field}`,
      });
    }
    return holder;
  });
  return references;
}

/** The paths at which ids stand that nothing here has any more. */
export function strayIds(section: VersionedSection | SettingsSection, value: JsonObject): string[] {
  const paths: string[] = [];
  rewriteHolders(section, value, (holder, fields, path) => {
    for (const field of fields) {
      if (typeof holder[`${field}_id`] !== 'string') continue;
      paths.push(path === '' ? `${field}_id` : `${path}.${field}_id`);
    }
    return holder;
  });
  return paths;
}
