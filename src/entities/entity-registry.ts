import { Injectable } from '@nestjs/common';

import {
  type EntityRelation,
  type EntitySource,
  type EntityType,
  RELATION_SIZES,
} from '../common/entities/entity-source';

/**
 * What is known of entities. Features import this module and register what they have when they start; it knows
 * none of them, so that a new type is one source, and a relation may lie between features.
 */
@Injectable()
export class EntityRegistry {
  private readonly sources = new Map<string, EntitySource>();
  private readonly relations = new Map<EntityType, EntityRelation[]>();

  /** @throws Error when a type, or a name of a relation from one type, is registered twice: a defect */
  register({
    sources = [],
    relations = [],
  }: {
    readonly sources?: readonly EntitySource[];
    readonly relations?: readonly EntityRelation[];
  }): void {
    for (const source of sources) {
      if (this.sources.has(source.type)) throw new Error(`Two sources of ${source.type}`);
      this.sources.set(source.type, source);
    }
    for (const relation of relations) this.addRelation(relation);
  }

  /** The registered types, sorted. */
  get types(): readonly string[] {
    return [...this.sources.keys()].sort();
  }

  findSource(type: string): EntitySource | null {
    return this.sources.get(type) ?? null;
  }

  /** The relations from a type to types that are registered: short ones first, then by name. */
  relationsFrom(type: EntityType): readonly EntityRelation[] {
    return (this.relations.get(type) ?? []).filter(({ to }) => this.sources.has(to));
  }

  private addRelation(relation: EntityRelation): void {
    const known = this.relations.get(relation.from) ?? [];
    if (known.some(({ name }) => name === relation.name)) {
      throw new Error(`Two relations ${relation.name} from ${relation.from}`);
    }
    this.relations.set(relation.from, [...known, relation].sort(bySizeThenName));
  }
}

function bySizeThenName(a: EntityRelation, b: EntityRelation): number {
  const bySize = RELATION_SIZES.indexOf(a.size) - RELATION_SIZES.indexOf(b.size);
  return bySize === 0 ? (a.name < b.name ? -1 : 1) : bySize;
}
