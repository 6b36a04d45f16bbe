import type { JsonObject } from '../../engine/core/json';
import type { Labels } from '../labels/is-labels.decorator';

/** One version, as read. */
export interface VersionRecord {
  readonly id: string;
  /** `MAJOR.MINOR.PATCH`. */
  readonly version: string;
  readonly document: JsonObject;
  /** Whether it is what new runs and users without a version of their own get. */
  readonly isLatest: boolean;
  readonly createdAt: Date;
}

/** A living definition with its latest version, as read. */
export interface DefinitionRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly labels: Labels;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly latest: VersionRecord;
}

/** What a new version is measured by, while nobody else can add one. */
export interface LockedVersions {
  readonly latest: VersionRecord;
  /** Past the latest's where an older version was made the latest again. */
  readonly greatestVersion: string;
}

/** What makes a definition with its first version. */
export interface NewDefinition {
  readonly name: string;
  readonly description: string;
  readonly labels: Labels;
  readonly version: string;
  readonly document: JsonObject;
}

/** What a change of a definition consists of; nothing at all is no change. */
export interface DefinitionChange {
  readonly name?: string;
  readonly description?: string;
  readonly labels?: Labels;
  readonly newVersion?: { readonly version: string; readonly document: JsonObject };
  /** The id of a version that there is, to become the latest. Not beside a new version, which becomes that itself. */
  readonly latestVersionId?: string;
}

/** Who refers to a definition and so keeps it from being deleted. */
export interface DefinitionUser {
  /** What kind of thing it is, as `workflow_definition`. */
  readonly type: string;
  readonly id: string;
  readonly name: string;
}

/** How a deletion ended: `users` keep the definition when there are any. */
export type HideOutcome =
  | { readonly kind: 'hidden' }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'used'; readonly users: readonly DefinitionUser[] };
