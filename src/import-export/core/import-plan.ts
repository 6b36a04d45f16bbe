import type { DocumentChange } from '../../common/versioning/document-diff';
import type { Issue } from '../../engine/core/issue';
import type { JsonObject } from '../../engine/core/json';
import type { Configuration, Section, SettingsSection, VersionedSection } from './configuration-document';

/**
 * What an import does about one thing of a document. `conflict`: it cannot be done, and so nothing is; `skip`: it is
 * left to whoever imports, who is told why.
 */
export const IMPORT_ACTIONS = ['create', 'update', 'unchanged', 'skip', 'conflict'] as const;
export type ImportAction = (typeof IMPORT_ACTIONS)[number];

/** One thing of a document, and what its import changes. */
export interface ImportChange {
  readonly section: Section;
  readonly name: string;
  /** Where it stands in the document: `toolsets[2]`. */
  readonly path: string;
  readonly action: ImportAction;
  /** What leads from what is here to what the document says; empty for what is new. */
  readonly differences: readonly DocumentChange[];
  /** The versions that are added. */
  readonly newVersions: readonly string[];
  /** Why it cannot be done; paths are those of the document. */
  readonly issues: readonly Issue[];
  /** What whoever imports should know. */
  readonly notes: readonly string[];
}

/** One thing to do. They are in the order in which they can be done; documents and settings refer by name. */
export type ImportOperation = { readonly path: string; readonly name: string } & (
  | { readonly kind: 'create_secret'; readonly section: 'secrets'; readonly value: string }
  | {
      readonly kind: 'create_settings' | 'update_settings';
      readonly section: SettingsSection;
      readonly settings: JsonObject;
    }
  | {
      readonly kind: 'create_definition';
      readonly section: VersionedSection;
      readonly mcpType: string | null;
      readonly lasting: JsonObject;
      readonly version: string;
      readonly document: JsonObject;
    }
  | {
      readonly kind: 'add_version';
      readonly section: VersionedSection;
      readonly version: string;
      readonly document: JsonObject;
    }
  | { readonly kind: 'make_latest'; readonly section: VersionedSection; readonly version: string }
  | { readonly kind: 'update_definition'; readonly section: VersionedSection; readonly lasting: JsonObject }
);

/** What an import would do. */
export interface ImportPlan {
  /** In the order of the document, section by section. */
  readonly changes: readonly ImportChange[];
  readonly operations: readonly ImportOperation[];
  /** Names of secrets that the document lists or refers to, and that are not here. */
  readonly missingSecrets: readonly string[];
}

/** What the plan of a part of a document comes to. */
export interface PlannedPart {
  readonly changes: readonly ImportChange[];
  readonly operations: readonly ImportOperation[];
}

/** A credential that stood in an imported file and becomes a secret. */
export interface NewSecret {
  readonly name: string;
  readonly value: string;
  /** Where it stood. */
  readonly path: string;
}

/** What is done about a version that says something else here, or that a greater one here keeps out. */
export const CONFLICT_RULES = ['refuse', 'new_version'] as const;
export type ConflictRule = (typeof CONFLICT_RULES)[number];

/** The rules of what is created, as the requests that create it have them. Ids stand where names did. */
export interface ImportChecks {
  /** @returns faults with paths below the version: `config.url`, or below the spec: `steps[0].id` */
  version(section: VersionedSection, mcpType: string | null, document: JsonObject): Issue[];
  /** @param mcpType null for a workflow */
  lasting(section: VersionedSection, name: string, mcpType: string | null, lasting: JsonObject): Issue[];
  settings(section: SettingsSection, name: string, settings: JsonObject): Issue[];
}

/** What a plan is made from. */
export interface PlanInput {
  readonly here: Configuration;
  readonly wanted: Configuration;
  readonly newSecrets: readonly NewSecret[];
  readonly conflicts: ConflictRule;
  readonly checks: ImportChecks;
}
