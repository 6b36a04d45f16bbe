import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';

import type { CallerKey } from '../common/auth/caller-key';
import { CurrentKey } from '../common/auth/current-key.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ENTITY_TYPES } from '../common/entities/entity-source';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { EntityResponse } from './dto/entity.response';
import { RelatedQueryDto } from './dto/related-query.dto';
import { toEntityResponse } from './entity.mapper';
import { EntityService } from './entity.service';

@ApiTags('Entities')
@Controller('entities')
@RequireScope('read')
export class EntityController {
  constructor(private readonly entities: EntityService) {}

  @Get(':entity_type/:entity_id')
  @Tagged()
  @ApiOperation({
    operationId: 'getEntity',
    summary: 'Get anything by its type and id, with what it is related to',
    description: 'An `api_key` needs the scope `admin`.',
  })
  @ApiParam({ name: 'entity_type', enum: ENTITY_TYPES, enumName: 'EntityType' })
  @ApiParam({
    name: 'entity_id',
    type: String,
    description: 'A UUID; of a `workflow_step` `<run id>:<step id>`',
  })
  @ApiOkResponse({ type: EntityResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async get(
    @Param('entity_type') type: string,
    @Param('entity_id') id: string,
    @Query() { relationship, after, limit }: RelatedQueryDto,
    @CurrentKey() caller: CallerKey,
  ): Promise<EntityResponse> {
    return toEntityResponse(await this.entities.get(type, id, { relationship, after, limit }, caller));
  }
}
