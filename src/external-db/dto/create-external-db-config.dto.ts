import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
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

/** What makes a configuration. */
export class CreateExternalDbConfigDto {
  @ApiProperty({ minLength: 1, maxLength: MAX_NAME_LENGTH, description: 'Unique', example: 'sales' })
  @IsName()
  name!: string;

  @ApiPropertyOptional({ maxLength: MAX_DESCRIPTION_LENGTH, default: '' })
  @IfGiven()
  @IsDescription()
  description?: string;

  @ApiProperty({ enum: DB_TYPES, enumName: 'DbType' })
  @IsIn(DB_TYPES, { message: `must be one of ${DB_TYPES.join(', ')}` })
  dbType!: DbType;

  @ApiPropertyOptional({ description: 'Needed for all but sqlite', example: 'db.example.com' })
  @IfGiven()
  @IsHost()
  host?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 65_535,
    description: "The type's usual one when left out",
  })
  @IfGiven()
  @IsPort()
  port?: number;

  @ApiProperty({
    description: "The database's name; for sqlite the path of the file below the SQLite folder",
    example: 'sales',
  })
  @IsDatabaseName()
  dbName!: string;

  @ApiPropertyOptional({ description: 'Needed for all but sqlite', example: 'reader' })
  @IfGiven()
  @IsDatabaseName()
  username?: string;

  @ApiPropertyOptional({ format: 'password', writeOnly: true, description: 'Never shown again' })
  @IfGiven()
  @IsPassword()
  password?: string;

  @ApiPropertyOptional({ ...SSL_SCHEMA, description: 'Not encrypted when left out' })
  @IfGiven()
  @IsSslSettings()
  ssl?: SslSettings;

  @ApiPropertyOptional({ default: false, description: 'Whether statements may write' })
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  allowWrites?: boolean;
}
