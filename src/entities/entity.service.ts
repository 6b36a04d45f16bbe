import { Injectable } from '@nestjs/common';

import { assertScope, hasScope } from '../common/auth/assert-scope';
import type { CallerKey } from '../common/auth/caller-key';
import type { EntityRelation, EntitySource, EntityType } from '../common/entities/entity-source';
import { invalidRequest } from '../common/errors/invalid-request';
import { EntityRegistry } from './entity-registry';
import { formatMarker, readMarker } from './related-marker';

/** Which related entities are wanted. */
export interface RelatedWish {
  /** Only those of this relation; undefined: of all. */
  readonly relationship: string | undefined;
  /** The `next` of the part before. */
  readonly after: string | undefined;
  /** How many at most; at least 1. */
  readonly limit: number;
}

/** A neighbour of an entity. */
export interface RelatedEntity {
  readonly id: string;
  readonly type: EntityType;
  readonly relationship: string;
}

/** An entity with a part of its neighbours. */
export interface EntityDetails {
  readonly id: string;
  readonly type: EntityType;
  readonly data: object;
  readonly related: readonly RelatedEntity[];
  /** Where the neighbours go on; null when these were all. */
  readonly next: string | null;
}

/** Finds entities of every type with what they are related to. */
@Injectable()
export class EntityService {
  constructor(private readonly registry: EntityRegistry) {}

  /**
   * @throws AppError INVALID_REQUEST for a type, id, relation or marker that cannot be; FORBIDDEN when the key may
   *   not see the type; NOT_FOUND
   */
  async get(type: string, id: string, wish: RelatedWish, caller: CallerKey): Promise<EntityDetails> {
    const source = this.sourceOf(type);
    assertScope(caller, source.scope);
    const known = source.readId(id);
    if (known === null) throw invalidRequest([{ path: 'entity_id', message: `must be ${source.idForm}` }]);
    const relations = this.relationsToShow(source.type, wish.relationship, caller);
    const start = this.startOf(relations, wish.after);

    const data = await source.get(known);
    const { related, next } = await collect(relations.slice(start.index), known, start.after, wish.limit);
    return { id: known, type: source.type, data, related, next };
  }

  private sourceOf(type: string): EntitySource {
    const source = this.registry.findSource(type);
    if (source !== null) return source;
    throw invalidRequest([
      { path: 'entity_type', message: `must be one of ${this.registry.types.join(', ')}` },
    ]);
  }

  /** A relation is shown only to a key that may see what it leads to. */
  private relationsToShow(
    type: EntityType,
    relationship: string | undefined,
    caller: CallerKey,
  ): readonly EntityRelation[] {
    const visible = this.registry
      .relationsFrom(type)
      .filter(({ to }) => hasScope(caller, this.registry.findSource(to)?.scope ?? 'admin'));
    if (relationship === undefined) return visible;
    const wanted = visible.filter(({ name }) => name === relationship);
    if (wanted.length > 0) return wanted;
    const names = visible.map(({ name }) => name).join(', ');
    const allowed = names === '' ? `be left out: ${type} has no relations` : `be one of ${names}`;
    throw invalidRequest([{ path: 'relationship', message: `must ${allowed}` }]);
  }

  private startOf(
    relations: readonly EntityRelation[],
    marker: string | undefined,
  ): { readonly index: number; readonly after: string | null } {
    if (marker === undefined) return { index: 0, after: null };
    const { relationship, after } = readMarker(marker);
    const index = relations.findIndex(({ name }) => name === relationship);
    const source = this.registry.findSource(relations[index]?.to ?? '');
    const known = after === null ? null : (source?.readId(after) ?? null);
    if (source === null || (after !== null && known === null)) {
      throw invalidRequest([
        { path: 'after', message: 'must be related_next as an answer for this entity gave it' },
      ]);
    }
    return { index, after: known };
  }
}

/** Goes through the relations until `limit` neighbours are found, or there are no more. */
async function collect(
  relations: readonly EntityRelation[],
  id: string,
  after: string | null,
  limit: number,
): Promise<{ related: RelatedEntity[]; next: string | null }> {
  const related: RelatedEntity[] = [];
  let begin = after;
  for (const relation of relations) {
    const { name, to } = relation;
    const room = limit - related.length;
    if (room === 0) return { related, next: formatMarker(name, null) };
    const page = await relation.list(id, { after: begin, limit: room });
    related.push(...page.ids.map((relatedId) => ({ id: relatedId, type: to, relationship: name })));
    if (page.next !== null) return { related, next: formatMarker(name, page.next) };
    begin = null;
  }
  return { related, next: null };
}
