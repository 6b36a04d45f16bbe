import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

import { PageQueryDto } from '../../common/pagination/page-query.dto';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsSearch, MAX_SEARCH_LENGTH } from '../../common/validation/text.decorators';
import { MCP_TYPES, type McpType } from '../../components/component-type';

/** Which components are listed. */
export class McpDefinitionQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: MCP_TYPES, enumName: 'McpType', description: 'Only components of this type' })
  @IfGiven()
  @IsIn(MCP_TYPES, { message: `must be one of ${MCP_TYPES.join(', ')}` })
  mcpType?: McpType;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: MAX_SEARCH_LENGTH,
    description: 'Part of the name or the description, in any case',
  })
  @IfGiven()
  @IsSearch()
  search?: string;
}
