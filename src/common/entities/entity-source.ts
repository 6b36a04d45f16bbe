import type { Scope } from '../auth/caller-key';

/** What can be asked for under `/entities`. A new type is a name here and an {@link EntitySource} in its feature. */
export const ENTITY_TYPES = [
  'mcp_definition',
  'mcp_version',
  'workflow_definition',
  'workflow_version',
  'workflow_run',
  'workflow_step',
  'external_db_config',
  'api_key',
] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

/** How entities of one type are found. Its feature implements it. */
export interface EntitySource {
  readonly type: EntityType;
  /** What a key needs to see entities of this type. */
  readonly scope: Scope;
  /** What an id looks like, to go on from "must be": `a UUID`. */
  readonly idForm: string;
  /** The id in the one form in which it is stored and compared; null when `text` is none. */
  readId(text: string): string | null;
  /**
   * What the entity's own GET answers, made by the same mapper.
   *
   * @throws AppError NOT_FOUND
   */
  get(id: string): Promise<object>;
}

/** Which part of a relation is wanted. */
export interface RelatedQuery {
  /** The `next` of the part before; null: from the beginning. */
  readonly after: string | null;
  /** How many ids at most; at least 1. */
  readonly limit: number;
}

/** A part of a relation. */
export interface RelatedPage {
  readonly ids: readonly string[];
  /**
   * The id after which the relation goes on, of the related type though perhaps not related itself; null when this
   * was all. A part may be short, even empty, and yet not the last: a relation looks at so many candidates only.
   */
  readonly next: string | null;
}

/** Few relations are long; those that can be come last, lest they hide the others. */
export const RELATION_SIZES = ['one', 'few', 'many'] as const;

/** One named way from entities of a type to others. The feature that knows it implements it, on either side. */
export interface EntityRelation {
  readonly from: EntityType;
  /** Unique among those of `from`; reads as "this entity … the related one". */
  readonly name: string;
  readonly to: EntityType;
  readonly size: (typeof RELATION_SIZES)[number];
  /** Ids of entities that their source gives, in an order that stays. */
  list(id: string, query: RelatedQuery): Promise<RelatedPage>;
}
