import type { PinnedComponent } from '../engine/ports';

/** A version of a registered component, and what it is called. */
export interface StoredComponent extends PinnedComponent {
  readonly definitionId: string;
  readonly name: string;
  readonly description: string;
}

/** The component types' way to registered components. Also the injection token. */
export abstract class StoredComponents {
  /**
   * A living definition in a version.
   *
   * @param version null: the latest
   * @returns null where there is no such definition, or it lacks the version
   */
  abstract find(definitionId: string, version: string | null): Promise<StoredComponent | null>;

  /** A version by its own id, that of a deleted definition too: versions outlive it for the runs that they are pinned to. */
  abstract findVersion(versionId: string): Promise<StoredComponent | null>;
}
