import { ApiProperty } from '@nestjs/swagger';

import { ENTITY_TYPES, type EntityType } from '../../common/entities/entity-source';

/** A neighbour of an entity. */
export class RelatedEntityResponse {
  @ApiProperty()
  id!: string;

  @ApiProperty({ enum: ENTITY_TYPES, enumName: 'EntityType' })
  type!: EntityType;

  @ApiProperty({ example: 'has_version', description: 'Reads as: this entity … the related one' })
  relationship!: string;
}

/** An entity with what it is related to. */
export class EntityResponse {
  @ApiProperty({ description: 'As in the path, a UUID in lower case' })
  id!: string;

  @ApiProperty({ enum: ENTITY_TYPES, enumName: 'EntityType' })
  type!: EntityType;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: "What the entity's own GET answers",
  })
  data!: object;

  @ApiProperty({ type: [RelatedEntityResponse] })
  relatedEntities!: readonly RelatedEntityResponse[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Send it as `after` for the related entities that follow; null when these were all',
  })
  relatedNext!: string | null;
}
