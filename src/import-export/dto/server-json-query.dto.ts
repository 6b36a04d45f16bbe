import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsName, MAX_NAME_LENGTH } from '../../common/validation/text.decorators';
import { DryRunQueryDto } from './import-query.dto';

/** Which MCP server is written. */
export class ServerJsonQueryDto {
  @ApiProperty({ minLength: 1, maxLength: MAX_NAME_LENGTH, description: 'The name of the component' })
  @IsName()
  name!: string;
}

/** How a `server.json` is imported. */
export class ImportServerJsonQueryDto extends DryRunQueryDto {
  @ApiPropertyOptional({
    minLength: 1,
    maxLength: MAX_NAME_LENGTH,
    description: "What the component is called; the last part of the server's name when left out",
  })
  @IfGiven()
  @IsName()
  name?: string;
}
