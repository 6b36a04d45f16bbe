import { ApiProperty } from '@nestjs/swagger';

import { REVISION_SCHEMA } from '../../common/conditional/revision-schema';
import { PageResponse } from '../../common/pagination/page.response';

/** A secret, without its value. */
export class SecretResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'CRM_TOKEN' })
  name!: string;

  @ApiProperty()
  description!: string;

  @ApiProperty(REVISION_SCHEMA)
  revision!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was changed last' })
  updatedAt!: Date;
}

export class SecretPageResponse extends PageResponse(SecretResponse) {}
