import { Module } from '@nestjs/common';

import { EntityRegistry } from './entity-registry';
import { EntityController } from './entity.controller';
import { EntityService } from './entity.service';

/** Anything by its type and id, with its neighbours. Features import it and register theirs. */
@Module({
  controllers: [EntityController],
  providers: [EntityRegistry, EntityService],
  exports: [EntityRegistry],
})
export class EntitiesModule {}
