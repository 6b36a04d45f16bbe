import { Module } from '@nestjs/common';

import { ToolsetRepository } from './toolset.repository';

/** The stored toolsets without their routes: for those whom toolsets must not import in turn. */
@Module({ providers: [ToolsetRepository], exports: [ToolsetRepository] })
export class ToolsetCatalogModule {}
