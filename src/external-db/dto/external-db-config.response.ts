import { ApiProperty } from '@nestjs/swagger';

import { REVISION_SCHEMA } from '../../common/conditional/revision-schema';
import { PageResponse } from '../../common/pagination/page.response';
import type { Json } from '../../common/wire/json';
import { DB_TYPES, type DbType } from '../db-type';
import type { SslSettings } from '../ssl-settings';
import { SSL_SCHEMA } from './external-db-config-fields';

/** A configuration, without its password. */
export class ExternalDbConfigResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  description!: string;

  @ApiProperty({ enum: DB_TYPES, enumName: 'DbType' })
  dbType!: DbType;

  @ApiProperty({ type: String, nullable: true, description: 'Null for sqlite, as port, username and ssl' })
  host!: string | null;

  @ApiProperty({ type: 'integer', nullable: true })
  port!: number | null;

  @ApiProperty()
  dbName!: string;

  @ApiProperty({ type: String, nullable: true })
  username!: string | null;

  @ApiProperty({ description: 'Whether a password is stored' })
  hasPassword!: boolean;

  @ApiProperty({ ...SSL_SCHEMA, nullable: true })
  ssl!: Json<SslSettings> | null;

  @ApiProperty()
  allowWrites!: boolean;

  @ApiProperty(REVISION_SCHEMA)
  revision!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

export class ExternalDbConfigPageResponse extends PageResponse(ExternalDbConfigResponse) {}
