import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import {
  IsDescription,
  IsName,
  MAX_DESCRIPTION_LENGTH,
  MAX_NAME_LENGTH,
} from '../../common/validation/text.decorators';
import { DB_TYPES, type DbType } from '../db-type';
import { IsSslSettings, type SslSettings } from '../ssl-settings';
import { IsDatabaseName, IsHost, IsPassword, IsPort, SSL_SCHEMA } from './external-db-config-fields';

/** What changes a configuration: a field that is left out stays as it is. */
export class UpdateExternalDbConfigDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: MAX_NAME_LENGTH })
  @IfGiven()
  @IsName()
  name?: string;

  @ApiPropertyOptional({ maxLength: MAX_DESCRIPTION_LENGTH })
  @IfGiven()
  @IsDescription()
  description?: string;

  @ApiPropertyOptional({ enum: DB_TYPES, enumName: 'DbType', description: 'Cannot be changed' })
  @IfGiven()
  @IsIn(DB_TYPES, { message: `must be one of ${DB_TYPES.join(', ')}` })
  dbType?: DbType;

  @ApiPropertyOptional()
  @IfGiven()
  @IsHost()
  host?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 65_535 })
  @IfGiven()
  @IsPort()
  port?: number;

  @ApiPropertyOptional()
  @IfGiven()
  @IsDatabaseName()
  dbName?: string;

  @ApiPropertyOptional()
  @IfGiven()
  @IsDatabaseName()
  username?: string;

  @ApiPropertyOptional({
    format: 'password',
    writeOnly: true,
    description: 'Must be given when host, port or ssl change; an empty one takes it away',
  })
  @IfGiven()
  @IsPassword()
  password?: string;

  @ApiPropertyOptional(SSL_SCHEMA)
  @IfGiven()
  @IsSslSettings()
  ssl?: SslSettings;

  @ApiPropertyOptional()
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  allowWrites?: boolean;
}
