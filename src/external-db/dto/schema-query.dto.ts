import { ApiPropertyOptional } from '@nestjs/swagger';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsDatabaseName } from './external-db-config-fields';

/** Which part of a database's schema is shown. */
export class SchemaQueryDto {
  @ApiPropertyOptional({ description: 'Only the schema of this name' })
  @IfGiven()
  @IsDatabaseName()
  schema?: string;

  @ApiPropertyOptional({ description: 'Only tables of this name' })
  @IfGiven()
  @IsDatabaseName()
  table?: string;
}
